/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Whether a packet without a connection is the director's business, and how to reach it. */
#pragma once

#include "layout.h"
#include "maps.h"
#include "parsing.h"

static __always_inline __u32 interest_in(__be32 address, __u8 protocol, __be16 port)
{
	struct interest_key key = {
		.address = {address},
		.port = port,
		.protocol = protocol,
		.family = FAMILY_IPV4,
	};
	__u32 *interest = bpf_map_lookup_elem(&interests, &key);

	return interest ? *interest : 0;
}

static __always_inline __u32 interest_in_flow(const struct settings *settings,
					      const struct packet *packet)
{
	__u32 shapes = settings->interest_shapes;
	__be32 address = packet->ip->daddr;
	__u8 protocol = packet->ip->protocol;
	__be16 port = packet->ports->destination;
	__u32 interest = 0;

	if (shapes & SHAPE_ENDPOINT)
		interest |= interest_in(address, protocol, port);
	if (shapes & SHAPE_ADDRESS_PROTOCOL)
		interest |= interest_in(address, protocol, 0);
	if (shapes & SHAPE_ADDRESS)
		interest |= interest_in(address, 0, 0);
	if (shapes & SHAPE_PORT)
		interest |= interest_in(0, protocol, port);
	if (shapes & SHAPE_PROTOCOL)
		interest |= interest_in(0, protocol, 0);
	if (shapes & SHAPE_ALL)
		interest |= interest_in(0, 0, 0);
	return interest;
}

static __always_inline int interest_in_odd(const struct settings *settings,
					   const struct packet *packet)
{
	__u32 shapes = settings->interest_shapes;

	if (shapes & SHAPE_ADDRESS) {
		if (interest_in(packet->ip->daddr, 0, 0) & INTEREST_ODD_TO)
			return 1;
		if (interest_in(packet->ip->saddr, 0, 0) & INTEREST_ODD_FROM)
			return 1;
	}
	return shapes & SHAPE_ALL && interest_in(0, 0, 0) & INTEREST_ODD_TO;
}

/* As the kernel's IPVS takes it: any packet with SYN, and every datagram. */
static __always_inline int begins_connection(const struct packet *packet)
{
	return packet->ip->protocol != PROTOCOL_TCP || packet->tcp_flags & TCP_SYN;
}

/* Whether the director itself has just given this frame to the host. A generic program sees such
 * frames again, and must not send them round for ever. */
static __always_inline int is_delivery(const struct settings *settings,
				       const struct packet *packet)
{
	const __u16 *source = (const __u16 *)packet->ethernet->h_source;
	__u64 address = source[0] | (__u64)source[1] << 16 | (__u64)source[2] << 32;

	return address == settings->delivery_mark;
}

/* Whether a director listens on the packet's interface and queue; `queue` is its number. */
static __always_inline int director_queue(struct xdp_md *ctx, __u32 *queue)
{
	__u32 interface = ctx->ingress_ifindex;
	__u32 *first = bpf_map_lookup_elem(&queues, &interface);

	if (!first)
		return 0;
	*queue = *first + ctx->rx_queue_index;
	return bpf_map_lookup_elem(&xsks, queue) != 0;
}
