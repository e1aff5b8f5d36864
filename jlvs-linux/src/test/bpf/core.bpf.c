// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A program with a CO-RE relocation, which the loader refuses rather than loads wrongly.
struct xdp_md {
  unsigned data;
  unsigned data_end;
} __attribute__((preserve_access_index));

__attribute__((section("xdp"))) int by_field(struct xdp_md *ctx) {
  return ctx->data_end != 0;
}

char _license[] __attribute__((section("license"))) = "Dual BSD/GPL";
