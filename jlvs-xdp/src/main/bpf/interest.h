/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Whether a packet without a connection is the director's business, and how to reach it. */
#pragma once

#include "layout.h"
#include "maps.h"
#include "parsing.h"
#include "table.h"

/* Zero is any; an `address` of null, too. */
static __always_inline __u32 interest_in(__u8 family, const __be32 *address, __u8 protocol,
					 __be16 port)
{
	struct interest_key key = {
		.port = port,
		.protocol = protocol,
		.family = family,
	};

	if (address) {
		key.address[0] = address[0];
		if (family == FAMILY_IPV6) {
			key.address[1] = address[1];
			key.address[2] = address[2];
			key.address[3] = address[3];
		}
	}
	__u32 *interest = bpf_map_lookup_elem(&interests, &key);

	return interest ? *interest : 0;
}

static __always_inline const __be32 *source_of(const struct packet *packet)
{
	return addresses_of(packet);
}

static __always_inline const __be32 *destination_of(const struct packet *packet)
{
	const __be32 *addresses = addresses_of(packet);

	return addresses + (packet->family == FAMILY_IPV4 ? 1 : 4);
}

static __always_inline __u32 shapes_of(const struct settings *settings, __u8 family)
{
	return settings->interest_shapes >> (family == FAMILY_IPV4 ? 0 : SHAPES_IPV6_SHIFT);
}

static __always_inline __u32 interest_in_flow(const struct settings *settings,
					      const struct packet *packet)
{
	__u8 family = packet->family;
	__u32 shapes = shapes_of(settings, family);
	const __be32 *address = destination_of(packet);
	__u8 protocol = packet->protocol;
	__be16 port = packet->ports->destination;
	__u32 interest = 0;

	if (shapes & SHAPE_ENDPOINT)
		interest |= interest_in(family, address, protocol, port);
	if (shapes & SHAPE_ADDRESS_PROTOCOL)
		interest |= interest_in(family, address, protocol, 0);
	if (shapes & SHAPE_ADDRESS)
		interest |= interest_in(family, address, 0, 0);
	if (shapes & SHAPE_PORT)
		interest |= interest_in(family, 0, protocol, port);
	if (shapes & SHAPE_PROTOCOL)
		interest |= interest_in(family, 0, protocol, 0);
	if (shapes & SHAPE_ALL)
		interest |= interest_in(family, 0, 0, 0);
	return interest;
}

/* Besides its own addresses, those an error quotes tell whose it is: a router on the way to a
 * masqueraded server sends it to the client. */
static __always_inline int interest_in_odd(const struct settings *settings,
					   const struct packet *packet, enum kind kind)
{
	__u8 family = packet->family;
	__u32 shapes = shapes_of(settings, family);

	if (shapes & SHAPE_ADDRESS) {
		if (interest_in(family, destination_of(packet), 0, 0) & INTEREST_ODD_TO)
			return 1;
		if (interest_in(family, source_of(packet), 0, 0) & INTEREST_ODD_FROM)
			return 1;
		if (kind == KIND_ERROR &&
		    interest_in(family, packet->quoted_destination, 0, 0) & INTEREST_ODD_FROM)
			return 1;
	}
	return shapes & SHAPE_ALL && interest_in(family, 0, 0, 0) & INTEREST_ODD_TO;
}

/* As the kernel's IPVS takes it: any packet with SYN, and every datagram. */
static __always_inline int begins_connection(const struct packet *packet)
{
	return packet->protocol != PROTOCOL_TCP || packet->tcp_flags & TCP_SYN;
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

/* Whether the director has found the flow to be the host's, a moment ago. What may begin a
 * connection of TCP it always wants to see. */
static __always_inline int is_passing(struct xdp_md *ctx, const struct settings *settings,
				      const struct packet *packet, const struct key *key, __u64 hash)
{
	__u32 number = hash & (PASSING_FLOWS - 1);
	const struct passing *flow = bpf_map_lookup_elem(&passing, &number);

	if (!flow || flow->generation != settings->passing_generation || flow->ports != key->ports)
		return 0;
	if (packet->protocol == PROTOCOL_TCP && packet->tcp_flags & TCP_SYN)
		return 0;
	return flow->protocol == key->protocol && flow->family == key->family &&
	       is_address(key->family, flow->source, key->source) &&
	       is_address(key->family, flow->destination, key->destination) &&
	       flow->interface == ctx->ingress_ifindex &&
	       (__s64)(flow->until - bpf_ktime_get_coarse_ns()) > 0;
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
