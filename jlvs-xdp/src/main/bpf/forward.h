/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Sending a connection's packet on: rewriting, accounting, leaving. */
#pragma once

#include "checksum.h"
#include "layout.h"
#include "maps.h"
#include "parsing.h"
#include "table.h"

/* The hop by which the program itself can send the packet; null when it can't. Of SCTP's checksum,
 * which covers the ports, it knows nothing. */
static __always_inline struct hop *hop_of(const struct match *match, const struct packet *packet)
{
	struct slot *slot = match->slot;
	__u32 number = match->reply ? slot->out_hop : slot->in_hop;
	struct hop *hop = bpf_map_lookup_elem(&hops, &number);

	if (!hop || !number || !hop->valid)
		return 0;
	if (time_to_live(packet) <= 1 || packet->length > hop->mtu)
		return 0;
	if (slot->forwarding == FORWARDING_MASQUERADE && packet->protocol == PROTOCOL_SCTP)
		return 0;
	return hop;
}

/* For the director that comes next. The word is shared with the director's flag byte. */
static __always_inline void note_missed_flags(struct slot *slot, __u8 tcp_flags)
{
	if (tcp_flags & ~slot->missed_flags)
		__sync_fetch_and_or((__u32 *)slot, (__u32)tcp_flags << 24);
}

/* The coarse clock steps once a jiffy, so a busy connection's line stays clean between steps. The
 * director's own precise time may be a little ahead of it. */
static __always_inline void note_seen(struct slot *slot)
{
	__u64 now = bpf_ktime_get_coarse_ns();

	if ((__s64)(now - slot->last_seen) > 0)
		slot->last_seen = now;
}

static __always_inline void count(const struct settings *settings, const struct match *match,
				  __u32 bytes)
{
	__u32 server = match->slot->server;
	__u32 index = bpf_get_smp_processor_id() * settings->servers + server;

	if (!server || server >= settings->servers)
		return;
	struct counter *counter = bpf_map_lookup_elem(&counters, &index);
	if (!counter)
		return;
	if (match->reply) {
		counter->out_packets += 1;
		counter->out_bytes += bytes;
	} else {
		counter->in_packets += 1;
		counter->in_bytes += bytes;
	}
}

/* Carries a change of address and port into the transport's checksum. */
static __always_inline void update_transport_checksum(struct packet *packet, __u64 addresses,
						      __u64 ports)
{
	__u64 change = addresses + ports;

	if (packet->unfinished) {
		*packet->checksum = fold(*packet->checksum + addresses);
	} else if (packet->protocol == PROTOCOL_TCP) {
		*packet->checksum = checksum_with(*packet->checksum, change);
	} else if (packet->protocol == PROTOCOL_UDP && *packet->checksum) {
		/* UDP: 0 says "none" (RFC 768), so it stays, and a sum that comes to 0 is written as
		 * all ones. */
		__u16 checksum = checksum_with(*packet->checksum, change);
		*packet->checksum = checksum ? checksum : 0xffff;
	}
}

/* Writes the server in place of the virtual service, or back; returns what that adds to the IP
 * header's sum. */
static __always_inline __u64 masquerade(struct packet *packet, const struct match *match)
{
	const struct slot *slot = match->slot;
	__be16 *port = match->reply ? &packet->ports->source : &packet->ports->destination;
	__be16 new_port = match->reply ? slot->virtual_port : slot->server_port;
	const __be32 *new_address = match->reply ? slot->virtual_address : slot->server_address;
	__be32 *address;
	__u64 change;

	if (packet->family == FAMILY_IPV4) {
		address = match->reply ? &packet->ip->saddr : &packet->ip->daddr;
		change = change32(address[0], new_address[0]);
		address[0] = new_address[0];
	} else {
		address = (__be32 *)(match->reply ? &packet->ip6->saddr : &packet->ip6->daddr);
		change = change32(address[0], new_address[0]) + change32(address[1], new_address[1]) +
			 change32(address[2], new_address[2]) + change32(address[3], new_address[3]);
		address[0] = new_address[0];
		address[1] = new_address[1];
		address[2] = new_address[2];
		address[3] = new_address[3];
	}
	update_transport_checksum(packet, change, change16(*port, new_port));
	*port = new_port;
	return change;
}

/* Both addresses of an Ethernet header, up to the type, by two stores. */
static __always_inline void write_ethernet(struct ethhdr *ethernet, const struct hop *hop)
{
	*(__u64 *)ethernet = hop->destination | hop->source << 48;
	*((__u32 *)ethernet + 2) = hop->source >> 16;
}

/*
 * Also back out of the device it came in by: a veth's XDP_TX wakes only a peer that runs a program,
 * while redirecting wakes one that has GRO on, too.
 */
static __always_inline int leave_by(const struct hop *hop)
{
	return bpf_redirect(hop->interface, 0);
}

static __always_inline int forward(const struct settings *settings, struct packet *packet,
				   const struct match *match, const struct hop *hop)
{
	/* The time to live and the protocol are one 16-bit word of IPv4's header sum. */
	__u64 change = change16(1, 0);

	note_seen(match->slot);
	count(settings, match, packet->length);
	if (match->slot->forwarding == FORWARDING_MASQUERADE)
		change += masquerade(packet, match);
	if (packet->family == FAMILY_IPV4) {
		packet->ip->ttl -= 1;
		packet->ip->check = checksum_with(packet->ip->check, change);
	} else {
		packet->ip6->hop_limit -= 1;
	}
	write_ethernet(packet->ethernet, hop);
	return leave_by(hop);
}
