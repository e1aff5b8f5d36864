/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Wrapping packets for servers behind a tunnel: IP in IP (RFC 2003, 2473), GRE without checksum (RFC
 * 2784) and GUE without checksum (draft-ietf-intarea-gue). The director's twin of it is
 * org.jlvs.core.engine.Tunnels, and both must write the same bytes.
 */
#pragma once

#include "forward.h"

/* The range that GUE's source ports are of, and how a flow chooses one. */
#define EPHEMERAL_PORTS_FROM 32768
#define EPHEMERAL_PORTS 28231
#define PORT_MULTIPLIER 0x9E3779B97F4A7C15ULL

/* What the outer headers take from the inner one. */
struct inner {
	__u32 length;
	__be16 do_not_fragment;
	__u16 source_port;
	__be16 ethertype;
	__u8 protocol;
	__u8 ds_field;
	/* After this hop. */
	__u8 time_to_live;
};

/* What lies between the IP headers. */
static __always_inline __u32 encapsulation_bytes(const struct tunnel *tunnel)
{
	if (tunnel->kind == TUNNEL_GRE)
		return GRE_BYTES;
	return tunnel->kind == TUNNEL_GUE ? UDP_BYTES + GUE_BYTES : 0;
}

static __always_inline __u32 outer_ip_bytes(const struct slot *slot)
{
	return slot->flags & FLAG_SERVER_IPV6 ? IPV6_BYTES : IPV4_BYTES;
}

/* How packets reach the server of a tunnelled connection; null when the director has to wrap. */
static __always_inline const struct tunnel *tunnel_of(const struct slot *slot,
						      const struct hop *hop,
						      const struct packet *packet)
{
	__u32 server = slot->server;
	const struct tunnel *tunnel = bpf_map_lookup_elem(&tunnels, &server);

	if (!tunnel || !tunnel->kind)
		return 0;
	__u32 wrapped = packet->length + outer_ip_bytes(slot) + encapsulation_bytes(tunnel);
	return wrapped <= tunnel->mtu && wrapped <= hop->mtu ? tunnel : 0;
}

/* A port that stays the same for a flow, so that its packets keep to one way. */
static __always_inline __u16 source_port_of(const struct packet *packet)
{
	__u64 source, destination;

	if (packet->family == FAMILY_IPV4) {
		source = bpf_ntohl(packet->ip->saddr);
		destination = bpf_ntohl(packet->ip->daddr);
	} else {
		const __be64 *addresses = addresses_of(packet);
		source = bpf_be64_to_cpu(addresses[0]) ^ bpf_be64_to_cpu(addresses[1]);
		destination = bpf_be64_to_cpu(addresses[2]) ^ bpf_be64_to_cpu(addresses[3]);
	}
	__u64 ports = (__u64)bpf_ntohs(packet->ports->source) << 16 |
		      bpf_ntohs(packet->ports->destination);
	__u64 hash = ((source ^ ports) * PORT_MULTIPLIER ^ destination) * PORT_MULTIPLIER;

	return EPHEMERAL_PORTS_FROM + (hash >> 40) % EPHEMERAL_PORTS;
}

static __always_inline void read_inner(const struct packet *packet, const struct tunnel *tunnel,
				       struct inner *inner)
{
	inner->length = packet->length;
	inner->do_not_fragment = 0;
	inner->source_port = tunnel->kind == TUNNEL_GUE ? source_port_of(packet) : 0;
	inner->time_to_live = time_to_live(packet) - 1;
	if (packet->family == FAMILY_IPV4) {
		inner->ds_field = packet->ip->tos;
		inner->protocol = PROTOCOL_IPIP;
		inner->ethertype = bpf_htons(ETHERTYPE_IPV4);
		if (tunnel->copies_do_not_fragment)
			inner->do_not_fragment =
				packet->ip->frag_off & bpf_htons(IPV4_DO_NOT_FRAGMENT);
	} else {
		inner->ds_field = bpf_ntohs(*(const __be16 *)packet->ip6) >> 4;
		inner->protocol = PROTOCOL_IPV6;
		inner->ethertype = bpf_htons(ETHERTYPE_IPV6);
	}
	/* Congestion met on the way is not passed to the tunnel's header (RFC 3168, full function). */
	if ((inner->ds_field & ECN_BITS) == ECN_BITS)
		inner->ds_field = (inner->ds_field & ~ECN_BITS) | ECN_CAPABLE;
}

/* Writes what lies between the IP headers, and answers the outer header's protocol number. */
static __always_inline __u8 encapsulate(void *at, const struct tunnel *tunnel,
					const struct inner *inner)
{
	__be16 *half = at;

	if (tunnel->kind == TUNNEL_GRE) {
		half[0] = 0;
		half[1] = inner->ethertype;
		return PROTOCOL_GRE;
	}
	if (tunnel->kind == TUNNEL_GUE) {
		half[0] = bpf_htons(inner->source_port);
		half[1] = tunnel->port;
		half[2] = bpf_htons(UDP_BYTES + GUE_BYTES + inner->length);
		half[3] = 0;
		/* Version 0, no control; the protocol of what follows; no flags. */
		half[4] = bpf_htons(inner->protocol);
		half[5] = 0;
		return PROTOCOL_UDP;
	}
	return inner->protocol;
}

static __always_inline void write_outer_ipv4(struct iphdr *ip, const struct slot *slot,
					     const struct tunnel *tunnel, const struct inner *inner,
					     __u32 length, __u8 protocol)
{
	const __u32 *word = (const void *)ip;

	*(__be16 *)ip = bpf_htons(IPV4_PLAIN_HEADER << 8 | inner->ds_field);
	ip->tot_len = bpf_htons(length);
	ip->id = inner->do_not_fragment ? 0 : bpf_get_prandom_u32();
	ip->frag_off = inner->do_not_fragment;
	ip->ttl = inner->time_to_live;
	ip->protocol = protocol;
	ip->check = 0;
	ip->saddr = tunnel->source[0];
	ip->daddr = slot->server_address[0];
	ip->check = ~fold((__u64)word[0] + word[1] + word[2] + word[3] + word[4]);
}

static __always_inline void write_outer_ipv6(struct ipv6hdr *ip6, const struct slot *slot,
					     const struct tunnel *tunnel, const struct inner *inner,
					     __u32 payload, __u8 protocol)
{
	__u32 *source = (__u32 *)&ip6->saddr;
	__u32 *destination = (__u32 *)&ip6->daddr;

	*(__be32 *)ip6 = bpf_htonl(6U << 28 | (__u32)inner->ds_field << 20);
	ip6->payload_len = bpf_htons(payload);
	ip6->nexthdr = protocol;
	ip6->hop_limit = inner->time_to_live;
#pragma unroll
	for (int i = 0; i < 4; i++) {
		source[i] = tunnel->source[i];
		destination[i] = slot->server_address[i];
	}
}

/* The inner packet has spent a hop, too. */
static __always_inline void age_inner(void *at, __u8 family)
{
	if (family == FAMILY_IPV4) {
		struct iphdr *ip = at;
		ip->ttl -= 1;
		ip->check = checksum_with(ip->check, change16(1, 0));
	} else {
		((struct ipv6hdr *)at)->hop_limit -= 1;
	}
}

/* Puts the headers before the packet and sends it; negative when there is no room for them, with
 * the frame as it was. Pointers into the frame don't hold after it. */
static __always_inline int forward_wrapped(struct xdp_md *ctx, const struct settings *settings,
					   const struct packet *packet, const struct match *match,
					   const struct hop *hop, const struct tunnel *tunnel)
{
	const struct slot *slot = match->slot;
	__u32 between = encapsulation_bytes(tunnel);
	__u32 ip_bytes = outer_ip_bytes(slot);
	__u8 family = packet->family;
	__u32 inner_bytes = family == FAMILY_IPV4 ? IPV4_BYTES : IPV6_BYTES;
	struct inner inner;

	read_inner(packet, tunnel, &inner);
	if (bpf_xdp_adjust_head(ctx, -(int)(ip_bytes + between)))
		return -1;
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	void *outer = data + ETHERNET_BYTES;
	struct ethhdr *ethernet = data;
	/* Only the verifier doubts that the frame is long enough. */
	if (ip_bytes == IPV6_BYTES) {
		if (outer + IPV6_BYTES + UDP_BYTES + GUE_BYTES > end)
			return XDP_DROP;
		__u8 protocol = encapsulate(outer + IPV6_BYTES, tunnel, &inner);
		write_outer_ipv6(outer, slot, tunnel, &inner, between + inner.length, protocol);
		ethernet->h_proto = bpf_htons(ETHERTYPE_IPV6);
	} else {
		if (outer + IPV4_BYTES + UDP_BYTES + GUE_BYTES > end)
			return XDP_DROP;
		__u8 protocol = encapsulate(outer + IPV4_BYTES, tunnel, &inner);
		write_outer_ipv4(outer, slot, tunnel, &inner, IPV4_BYTES + between + inner.length,
				 protocol);
		ethernet->h_proto = bpf_htons(ETHERTYPE_IPV4);
	}
	write_ethernet(ethernet, hop);
	void *wrapped = outer + ip_bytes + between;
	if (wrapped + inner_bytes > end)
		return XDP_DROP;
	age_inner(wrapped, family);
	note_seen(match->slot);
	count(settings, match, inner.length);
	return leave_by(hop);
}
