/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What happens to a frame. director.bpf.c is the program around it, bench.bpf.c its stopwatch. */
#pragma once

#include "forward.h"
#include "interest.h"
#include "parsing.h"
#include "table.h"
#include "tunnel.h"
#include "unfinished.h"

/*
 * Whether a packet is as plain as most are: it changes no state where the direction is fast, and is
 * translated by changing a few words. A UDP datagram without a checksum is given a whole one when
 * it is masqueraded, which the director does.
 */
static __always_inline int is_plain(const struct packet *packet, const struct slot *slot)
{
	if (packet->protocol == PROTOCOL_TCP)
		return (packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK;
	if (packet->protocol == PROTOCOL_UDP)
		return *packet->checksum || slot->forwarding != FORWARDING_MASQUERADE;
	return 0;
}

/* A packet of a connection whose server is the host itself: only masquerading changes it. */
static __always_inline int pass_to_local_server(const struct settings *settings,
						struct packet *packet, const struct match *match)
{
	note_seen(match->slot);
	count(settings, match, packet->length);
	if (match->slot->forwarding == FORWARDING_MASQUERADE) {
		__u64 change = masquerade(packet, match);
		if (packet->family == FAMILY_IPV4)
			packet->ip->check = checksum_with(packet->ip->check, change);
	}
	return XDP_PASS;
}

/* Of SCTP's checksum, which covers the ports, the program knows nothing. */
static __always_inline int is_local_server_reached(const struct packet *packet,
						   const struct match *match)
{
	const struct slot *slot = match->slot;

	return !match->reply && slot->in_hop == HOP_LOCAL &&
	       (slot->forwarding != FORWARDING_MASQUERADE || packet->protocol != PROTOCOL_SCTP);
}

/*
 * A packet of a connection. The director sees what may change the connection's state or what the
 * program cannot forward. Without a director packets are forwarded as long as that is possible at
 * all, and never reach the host's stack, which would reset the connection.
 */
static __always_inline int handle_connection(struct xdp_md *ctx, const struct settings *settings,
					     struct packet *packet, const struct match *match)
{
	struct slot *slot = match->slot;

	int settled = settle_checksum(settings, packet);
	struct hop *hop = hop_of(match, packet);
	const struct tunnel *tunnel = 0;
	if (hop && slot->forwarding == FORWARDING_TUNNEL) {
		tunnel = tunnel_of(slot, hop, packet);
		hop = tunnel ? hop : 0;
	}
	int fast = slot->flags & (match->reply ? FLAG_FAST_OUT : FLAG_FAST_IN);
	int simple = settled && fast && is_plain(packet, slot);
	if (!hop || !simple) {
		int local = is_local_server_reached(packet, match);
		__u32 queue;
		if (is_delivery(settings, packet))
			return XDP_PASS;
		if (local && simple)
			return pass_to_local_server(settings, packet, match);
		if (director_queue(ctx, &queue))
			return bpf_redirect_map(&xsks, queue, XDP_DROP);
		if (!hop && !local)
			return XDP_DROP;
		note_missed_flags(slot, packet->tcp_flags);
		if (local)
			return pass_to_local_server(settings, packet, match);
	}
	if (tunnel) {
		int verdict = forward_wrapped(ctx, settings, packet, match, hop, tunnel);
		__u32 queue;
		if (verdict >= 0)
			return verdict;
		return director_queue(ctx, &queue) ? bpf_redirect_map(&xsks, queue, XDP_DROP) :
						     XDP_DROP;
	}
	return forward(settings, packet, match, hop);
}

/* A packet of no connection. */
static __always_inline int handle_unmatched(struct xdp_md *ctx, const struct settings *settings,
					    const struct packet *packet, const struct key *key,
					    __u64 hash)
{
	__u32 interest = interest_in_flow(settings, packet);
	__u32 queue;

	if (!(interest & INTEREST_UNMATCHED) || is_delivery(settings, packet))
		return XDP_PASS;
	if (is_passing(ctx, settings, packet, key, hash))
		return XDP_PASS;
	if (director_queue(ctx, &queue))
		return bpf_redirect_map(&xsks, queue, XDP_DROP);
	if (interest & INTEREST_RETRY && begins_connection(packet))
		return XDP_DROP;
	return XDP_PASS;
}

/* A packet whose connection, if any, only the director can find. */
static __always_inline int handle_odd(struct xdp_md *ctx, const struct settings *settings,
				      const struct packet *packet, enum kind kind)
{
	__u32 queue;

	if (!interest_in_odd(settings, packet, kind) || is_delivery(settings, packet))
		return XDP_PASS;
	if (director_queue(ctx, &queue))
		return bpf_redirect_map(&xsks, queue, XDP_DROP);
	return XDP_PASS;
}

static __always_inline int direct_ip(struct xdp_md *ctx, __u8 family)
{
	struct packet packet;
	struct match match;
	struct key key;
	__u32 zero = 0;

	void *data = (void *)(long)ctx->data;
	const void *end = (void *)(long)ctx->data_end;
	enum kind kind = parse(&packet, data, end, end - data, family);
	if (kind == KIND_FOREIGN)
		return XDP_PASS;
	const struct settings *here = bpf_map_lookup_elem(&settings, &zero);
	if (!here)
		return XDP_PASS;
	if (kind != KIND_FLOW)
		return handle_odd(ctx, here, &packet, kind);
	key_of(&packet, &key);
	__u64 hash = hash_of(&key, here->hash_seed);
	if (find_connection(here, &key, hash, &match))
		return handle_connection(ctx, here, &packet, &match);
	return handle_unmatched(ctx, here, &packet, &key, hash);
}

/* Frames to many are the host's: IPVS takes none that was not sent to the host alone. */
static __always_inline int is_to_many(const struct ethhdr *ethernet)
{
	return ethernet->h_dest[0] & 1;
}

static __always_inline int direct(struct xdp_md *ctx)
{
	const struct ethhdr *ethernet = (void *)(long)ctx->data;

	if ((const void *)(ethernet + 1) > (void *)(long)ctx->data_end || is_to_many(ethernet))
		return XDP_PASS;
	if (ethernet->h_proto == bpf_htons(ETHERTYPE_IPV4))
		return direct_ip(ctx, FAMILY_IPV4);
	if (ethernet->h_proto == bpf_htons(ETHERTYPE_IPV6))
		return direct_ip(ctx, FAMILY_IPV6);
	return XDP_PASS;
}
