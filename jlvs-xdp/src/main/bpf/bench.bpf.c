/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A stopwatch for the director: run by BPF_PROG_TEST_RUN with a repeat count, `bench_direct` makes
 * the frame a packet of another connection each time, at random, and directs it; `bench_harness`
 * makes the same packets and drops them. The difference is the director's cost.
 */
#include "director.h"

/* One entry: which connections there are. Connection n of `flows` is from address 10.0.0.0, or fd00::
 * for IPv6, plus n / 32768 and port 1024 plus n % 32768 to the endpoint. */
struct bench {
	__u64 random;
	__u32 flows;
	__u32 family;
	__be32 destination[4];
	__be16 destination_port;
	__u16 reserved;
	/* Length of the frame as it is made. */
	__u32 frame_bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench);
} bench SEC(".maps");

#define BENCH_CLIENTS 0x0a000000
#define BENCH_CLIENTS_IPV6 0xfd000000
#define BENCH_PORTS_BITS 15
#define BENCH_FIRST_PORT 1024

/* Takes off what the director has put before the packet of the last run. */
static __always_inline int unwrap(struct xdp_md *ctx, const struct bench *state)
{
	__u32 bytes = ctx->data_end - ctx->data;

	return bytes == state->frame_bytes || !bpf_xdp_adjust_head(ctx, bytes - state->frame_bytes);
}

static __always_inline int make_ipv4(struct iphdr *ip, const struct bench *state, __u32 client,
				     const void *end)
{
	const __u32 *word = (const void *)ip;

	if ((void *)(ip + 1) > end)
		return 0;
	ip->ttl = 64;
	ip->saddr = bpf_htonl(BENCH_CLIENTS + client);
	ip->daddr = state->destination[0];
	ip->check = 0;
	ip->check = ~fold((__u64)word[0] + word[1] + word[2] + word[3] + word[4]);
	return 1;
}

static __always_inline int make_ipv6(struct ipv6hdr *ip6, const struct bench *state, __u32 client,
				     const void *end)
{
	__u32 *source = (__u32 *)&ip6->saddr;
	__u32 *destination = (__u32 *)&ip6->daddr;

	if ((void *)(ip6 + 1) > end)
		return 0;
	ip6->hop_limit = 64;
	source[0] = bpf_htonl(BENCH_CLIENTS_IPV6);
	source[1] = 0;
	source[2] = 0;
	source[3] = bpf_htonl(client);
#pragma unroll
	for (int i = 0; i < 4; i++)
		destination[i] = state->destination[i];
	return 1;
}

/* The frame must be one TCP packet with a plain header. */
static __always_inline int next_packet(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct bench *state = bpf_map_lookup_elem(&bench, &zero);

	if (!state || !unwrap(ctx, state))
		return 0;
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	const void *end = (void *)(long)ctx->data_end;
	void *ip = ethernet + 1;
	if (ip > end)
		return 0;
	/* Xorshift64 (Marsaglia 2003), then its high half scaled to the number of flows. */
	__u64 random = state->random;
	random ^= random << 13;
	random ^= random >> 7;
	random ^= random << 17;
	state->random = random;
	__u32 flow = (random >> 32) * state->flows >> 32;
	int ipv4 = state->family == FAMILY_IPV4;
	ethernet->h_dest[0] = 2;
	ethernet->h_proto = bpf_htons(ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	struct tcphdr *tcp;
	if (ipv4) {
		if (!make_ipv4(ip, state, flow >> BENCH_PORTS_BITS, end))
			return 0;
		tcp = ip + IPV4_BYTES;
	} else {
		if (!make_ipv6(ip, state, flow >> BENCH_PORTS_BITS, end))
			return 0;
		tcp = ip + IPV6_BYTES;
	}
	if ((const void *)(tcp + 1) > end)
		return 0;
	tcp->source = bpf_htons(BENCH_FIRST_PORT + (flow & ((1 << BENCH_PORTS_BITS) - 1)));
	tcp->dest = state->destination_port;
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
