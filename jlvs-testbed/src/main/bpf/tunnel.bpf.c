/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The end of a tunnel on a real server whose kernel has no tunnel devices: takes IP packets out of
 * IP packets (RFC 2003, 2473, 4213), GRE (RFC 2784) and GUE (draft-ietf-intarea-gue), and passes
 * all on. As a tunnel device does, it drops what has a wrong checksum between the two IP headers.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define GUE_PORT 6080
#define GUE_VERSION_AND_CONTROL 0xe0
#define GUE_OPTION_WORDS 0x1f
#define GRE_CHECKSUM 0x8000
#define CHUNK_BYTES 64
/* A frame of the common MTU; there are no longer ones in a tunnel with a checksum. */
#define CHUNKS 24

struct gre {
	__be16 flags;
	__be16 ethertype;
};

struct gue {
	__u8 version_control_words;
	__u8 protocol;
	__be16 flags;
};

/* Ethertype of what an IP header's protocol number announces; 0 if that is no IP packet. */
static __always_inline __be16 ethertype(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_IPIP:
		return bpf_htons(ETH_P_IP);
	case IPPROTO_IPV6:
		return bpf_htons(ETH_P_IPV6);
	default:
		return 0;
	}
}

/* Adds up all from an offset to the end of the frame; negative when that can't be. */
static __always_inline __s64 sum(struct xdp_md *ctx, __u32 offset, __u32 seed)
{
	__u32 left = bpf_xdp_get_buff_len(ctx) - offset;
	__s64 total = seed;

	for (int i = 0; i < CHUNKS && left; i++) {
		__u32 chunk[CHUNK_BYTES / 4] = {};
		__u32 bytes = left < CHUNK_BYTES ? left : CHUNK_BYTES;

		if (bytes < 1 || bytes > CHUNK_BYTES ||
		    bpf_xdp_load_bytes(ctx, offset, chunk, bytes))
			return -1;
		total = bpf_csum_diff(0, 0, chunk, sizeof(chunk), total);
		if (total < 0)
			return total;
		offset += bytes;
		left -= bytes;
	}
	return left ? -1 : total;
}

/* Whether a sum that includes the checksum is that of an undamaged packet. */
static __always_inline int is_whole(__s64 total)
{
	if (total < 0)
		return 0;
	total = (total & 0xffff) + (total >> 16);
	total = (total & 0xffff) + (total >> 16);
	return total == 0xffff;
}

SEC("xdp")
int end(struct xdp_md *ctx)
{
	struct ethhdr *outer = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct iphdr *ipv4 = (void *)(outer + 1);
	struct ipv6hdr *ipv6 = (void *)(outer + 1);
	struct ethhdr ethernet;
	void *payload;
	__u8 protocol;
	/* Of the header that UDP's checksum includes, but for the length. */
	__s64 pseudo;
	int bytes;

	if ((void *)(ipv4 + 1) > data_end)
		return XDP_PASS;
	if (outer->h_proto == bpf_htons(ETH_P_IP)) {
		protocol = ipv4->protocol;
		bytes = ipv4->ihl * 4;
		pseudo = bpf_csum_diff(0, 0, &ipv4->saddr, 8, bpf_htons(protocol));
	} else if (outer->h_proto == bpf_htons(ETH_P_IPV6)) {
		if ((void *)(ipv6 + 1) > data_end)
			return XDP_PASS;
		protocol = ipv6->nexthdr;
		bytes = sizeof(*ipv6);
		pseudo = bpf_csum_diff(0, 0, (void *)&ipv6->saddr, 32, bpf_htons(protocol));
	} else {
		return XDP_PASS;
	}
	__builtin_memcpy(&ethernet, outer, sizeof(ethernet));
	payload = (void *)(outer + 1) + bytes;
	if (protocol == IPPROTO_GRE) {
		struct gre *gre = payload;

		if ((void *)(gre + 1) > data_end)
			return XDP_PASS;
		/* Neither keys nor sequence numbers. */
		if (gre->flags & ~bpf_htons(GRE_CHECKSUM))
			return XDP_PASS;
		ethernet.h_proto = gre->ethertype;
		if (gre->flags && !is_whole(sum(ctx, sizeof(ethernet) + bytes, 0)))
			return XDP_DROP;
		bytes += sizeof(*gre) + (gre->flags ? 4 : 0);
	} else if (protocol == IPPROTO_UDP) {
		struct udphdr *udp = payload;
		struct gue *gue = (void *)(udp + 1);

		if ((void *)(gue + 1) > data_end || udp->dest != bpf_htons(GUE_PORT))
			return XDP_PASS;
		if (gue->version_control_words & GUE_VERSION_AND_CONTROL)
			return XDP_PASS;
		if (udp->check) {
			__be32 length = udp->len;

			pseudo = bpf_csum_diff(0, 0, &length, sizeof(length), pseudo);
			if (!is_whole(sum(ctx, sizeof(ethernet) + bytes, pseudo)))
				return XDP_DROP;
		}
		ethernet.h_proto = ethertype(gue->protocol);
		bytes += sizeof(*udp) + sizeof(*gue);
		bytes += (gue->version_control_words & GUE_OPTION_WORDS) * 4;
	} else {
		ethernet.h_proto = ethertype(protocol);
	}
	if (ethernet.h_proto != bpf_htons(ETH_P_IP) && ethernet.h_proto != bpf_htons(ETH_P_IPV6))
		return XDP_PASS;
	if (bpf_xdp_adjust_head(ctx, bytes))
		return XDP_DROP;
	void *data = (void *)(long)ctx->data;
	if (data + sizeof(ethernet) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	__builtin_memcpy(data, &ethernet, sizeof(ethernet));
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
