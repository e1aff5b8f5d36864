/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What happens to a frame. director.bpf.c is the program around it, bench.bpf.c its stopwatch. */
#pragma once

#include "forward.h"
#include "interest.h"
#include "parsing.h"
#include "table.h"
#include "unfinished.h"

/*
 * Whether a packet is as plain as most are: it changes no state where the direction is fast, and is
 * translated by changing a few words. A UDP datagram without a checksum is given a whole one when
 * it is masqueraded, which the director does.
 */
static __always_inline int is_plain(const struct packet *packet, const struct slot *slot)
{
	if (packet->ip->protocol == PROTOCOL_TCP)
		return (packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK;
	return *packet->checksum || slot->forwarding != FORWARDING_MASQUERADE;
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

	if (slot->flags & FLAG_PASS)
		return XDP_PASS;
	struct hop *hop = hop_of(match, packet);
	int fast = slot->flags & (match->reply ? FLAG_FAST_OUT : FLAG_FAST_IN);
	int settled = settle_checksum(settings, packet);
	if (!hop || !fast || !settled || !is_plain(packet, slot)) {
		__u32 queue;
		if (is_delivery(settings, packet))
			return XDP_PASS;
		if (director_queue(ctx, &queue))
			return bpf_redirect_map(&xsks, queue, XDP_DROP);
		if (!hop)
			return XDP_DROP;
		note_missed_flags(slot, packet->tcp_flags);
	}
	return forward(settings, packet, match, hop);
}

/* A packet of no connection. */
static __always_inline int handle_unmatched(struct xdp_md *ctx, const struct settings *settings,
					    const struct packet *packet)
{
	__u32 interest = interest_in_flow(settings, packet);
	__u32 queue;

	if (!(interest & INTEREST_UNMATCHED) || is_delivery(settings, packet))
		return XDP_PASS;
	if (director_queue(ctx, &queue))
		return bpf_redirect_map(&xsks, queue, XDP_DROP);
	if (interest & INTEREST_RETRY && begins_connection(packet))
		return XDP_DROP;
	return XDP_PASS;
}

/* A packet whose connection, if any, only the director can find. */
static __always_inline int handle_odd(struct xdp_md *ctx, const struct settings *settings,
				      const struct packet *packet)
{
	__u32 queue;

	if (!interest_in_odd(settings, packet) || is_delivery(settings, packet))
		return XDP_PASS;
	if (director_queue(ctx, &queue))
		return bpf_redirect_map(&xsks, queue, XDP_DROP);
	return XDP_PASS;
}

static __always_inline int direct(struct xdp_md *ctx)
{
	struct packet packet;
	struct match match;
	__u32 zero = 0;

	enum kind kind = parse(ctx, &packet);
	if (kind == KIND_FOREIGN)
		return XDP_PASS;
	const struct settings *here = bpf_map_lookup_elem(&settings, &zero);
	if (!here)
		return XDP_PASS;
	if (kind == KIND_ODD)
		return handle_odd(ctx, here, &packet);
	if (find_connection(here, &packet, &match))
		return handle_connection(ctx, here, &packet, &match);
	return handle_unmatched(ctx, here, &packet);
}
