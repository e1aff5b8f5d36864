/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Both ends of a forwarding benchmark: `generate` sends packets of many flows into a device, run by
 * BPF_PROG_TEST_RUN with live frames; `receive`, on the device where they come out, counts those
 * that are as they should be, and drops them.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define FRAME_BYTES 64
#define FIRST_PORT 1024
#define PORT_BITS 15

/* What is sent. `frame` is a TCP packet of IPv4 without options, whose source port and whose source
 * address' lower half are 0, with checksums to match; flow n has n / 32768 there, and port 1024 +
 * n % 32768. */
struct traffic {
	__u64 sent;
	__u32 interface_index;
	__u32 flows;
	__u32 next;
	__u32 reserved;
	__u8 frame[FRAME_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct traffic);
} traffic SEC(".maps");

/* What is expected, and how often it came. One processor receives. */
struct expected {
	__be32 destination;
	__be16 port;
	__u8 ttl;
	__u8 reserved;
	__u64 received;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct expected);
} expected SEC(".maps");

/* Adds two words to what an Internet checksum covers, as RFC 1624 does. */
static __always_inline __u16 checksum_with(__u16 checksum, __u16 first, __u16 second)
{
	__u32 sum = (__u16)~checksum + (__u32)first + second;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct traffic *state = bpf_map_lookup_elem(&traffic, &zero);
	__u8 *frame = (void *)(long)ctx->data;

	if (!state || frame + FRAME_BYTES > (__u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
	/* The frame was forwarded before, and changed on its way. */
	__builtin_memcpy(frame, state->frame, FRAME_BYTES);
	struct iphdr *ip = (void *)(frame + sizeof(struct ethhdr));
	struct tcphdr *tcp = (void *)(ip + 1);

	__u32 flow = state->next;
	state->next = flow + 1 < state->flows ? flow + 1 : 0;
	state->sent++;
	__be16 address = bpf_htons(flow >> PORT_BITS);
	__be16 port = bpf_htons(FIRST_PORT + (flow & ((1 << PORT_BITS) - 1)));
	ip->saddr |= (__u32)address << 16;
	tcp->source = port;
	ip->check = checksum_with(ip->check, address, 0);
	tcp->check = checksum_with(tcp->check, address, port);
	return bpf_redirect(state->interface_index, 0);
}

SEC("xdp")
int receive(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct expected *state = bpf_map_lookup_elem(&expected, &zero);
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct tcphdr *tcp = (void *)(ip + 1);

	if (!state || (void *)(tcp + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	/* ARP has to be answered. */
	if (ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	if (ip->daddr == state->destination && tcp->dest == state->port && ip->ttl == state->ttl)
		state->received++;
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
