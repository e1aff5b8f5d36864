// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// What the loader's tests load: each kind of map, a called function, constants and variables.
// Compiled by build-test-bpf.
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct pair {
  __u32 left;
  __u16 right[6];
};

struct prefix {
  __u32 length;
  __u8 address[4];
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, struct pair);
} pairs SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} runs SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __uint(key_size, 4);
  __uint(value_size, 8);
} lengths SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 8);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct prefix);
  __type(value, __u32);
} prefixes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u32);
} sockets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u32);
} devices SEC(".maps");

const volatile __u32 added = 1;
__u32 last_length = 7;
__u64 seen;

static __attribute__((noinline)) __u32 twice(__u32 value) {
  return value * 2 + added;
}

static __attribute__((noinline)) __u32 four_times(__u32 value) {
  return twice(twice(value));
}

// Counts a packet, stores its length under its first byte, and turns that byte into 4 * it + 3.
SEC("xdp")
int count(struct xdp_md *ctx) {
  __u8 *data = (void *)(long)ctx->data;
  __u8 *end = (void *)(long)ctx->data_end;
  __u32 zero = 0;
  if (data + 14 > end)
    return XDP_DROP;
  __u64 *total = bpf_map_lookup_elem(&runs, &zero);
  if (total)
    ++*total;
  __u32 key = data[0];
  __u64 length = end - data;
  bpf_map_update_elem(&lengths, &key, &length, BPF_ANY);
  last_length = length;
  __sync_fetch_and_add(&seen, 1);
  struct pair *pair = bpf_map_lookup_elem(&pairs, &zero);
  if (pair)
    pair->right[5]++;
  data[0] = four_times(data[0]);
  return XDP_TX;
}

// Gives the packet to the AF_XDP socket of its queue, or passes it.
SEC("xdp")
int to_socket(struct xdp_md *ctx) {
  return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS);
}

// Redirects to the device in slot 1, or drops.
SEC("xdp.frags")
int to_device(struct xdp_md *ctx) {
  return bpf_redirect_map(&devices, 1, XDP_DROP);
}

SEC("xdp")
int pass(struct xdp_md *ctx) {
  return XDP_PASS;
}

// The verdict is the value of the longest prefix that the 4 bytes at 30 (IPv4 destination) match.
SEC("xdp")
int route(struct xdp_md *ctx) {
  __u8 *data = (void *)(long)ctx->data;
  __u8 *end = (void *)(long)ctx->data_end;
  struct prefix prefix = {.length = 32};
  if (data + 34 > end)
    return XDP_ABORTED;
  __builtin_memcpy(prefix.address, data + 30, 4);
  __u32 *verdict = bpf_map_lookup_elem(&prefixes, &prefix);
  return verdict ? *verdict : XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
