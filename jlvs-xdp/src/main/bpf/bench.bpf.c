/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A stopwatch for the director: run by BPF_PROG_TEST_RUN with a repeat count, `bench_direct` makes
 * the frame a packet of another connection each time, at random, and directs it; `bench_harness`
 * makes the same packets and drops them. The difference is the director's cost.
 */
#include "director.h"

/* One entry: which connections there are. Connection n of `flows` is from address 10.0.0.0 plus
 * n / 32768 and port 1024 plus n % 32768 to the endpoint. */
struct bench {
	__u64 random;
	__u32 flows;
	__be32 destination;
	__be16 destination_port;
	__u16 reserved;
	__u32 reserved2;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench);
} bench SEC(".maps");

#define BENCH_CLIENTS 0x0a000000
#define BENCH_PORTS_BITS 15
#define BENCH_FIRST_PORT 1024

/* The frame must be one TCP packet with a plain header. */
static __always_inline int next_packet(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct bench *state = bpf_map_lookup_elem(&bench, &zero);
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct tcphdr *tcp = (void *)(ip + 1);

	if (!state || (void *)(tcp + 1) > (void *)(long)ctx->data_end)
		return 0;
	/* Xorshift64 (Marsaglia 2003), then its high half scaled to the number of flows. */
	__u64 random = state->random;
	random ^= random << 13;
	random ^= random >> 7;
	random ^= random << 17;
	state->random = random;
	__u32 flow = (random >> 32) * state->flows >> 32;
	ip->ttl = 64;
	ip->saddr = bpf_htonl(BENCH_CLIENTS + (flow >> BENCH_PORTS_BITS));
	ip->daddr = state->destination;
	tcp->source = bpf_htons(BENCH_FIRST_PORT + (flow & ((1 << BENCH_PORTS_BITS) - 1)));
	tcp->dest = state->destination_port;
	const __u32 *word = (const void *)ip;
	ip->check = 0;
	ip->check = ~fold((__u64)word[0] + word[1] + word[2] + word[3] + word[4]);
	return 1;
}

SEC("xdp")
int bench_direct(struct xdp_md *ctx)
{
	return next_packet(ctx) ? direct(ctx) : XDP_ABORTED;
}

SEC("xdp")
int bench_harness(struct xdp_md *ctx)
{
	return next_packet(ctx) ? XDP_DROP : XDP_ABORTED;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
