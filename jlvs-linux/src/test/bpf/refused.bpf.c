// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A program that reads beyond the packet: the verifier refuses it.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int reads_too_far(struct xdp_md *ctx) {
  __u8 *data = (void *)(long)ctx->data;
  return data[40];
}

char _license[] SEC("license") = "Dual BSD/GPL";
