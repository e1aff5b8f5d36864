/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What real servers on the host itself answer. It never passes an XDP program, so one at the
 * traffic-control hook of the interface it leaves by puts the service's address and port into it,
 * and tells the director of what may change a connection's state. The stack has made and routed
 * these packets: their segments may be cut, and their checksums finished, only by the device.
 */
#pragma once

#include "forward.h"
#include "interest.h"
#include "layout.h"
#include "maps.h"
#include "parsing.h"
#include "table.h"

/* Let the next program look at the packet, and then send it: enum tcx_action_base of Linux 6.6. */
#define TCX_NEXT (-1)

/* Ethernet, IPv6 and TCP. */
#define ANSWER_HEADER_BYTES (ETHERNET_BYTES + IPV6_BYTES + TCP_BYTES)

static __always_inline void turn_round(struct key *key)
{
	for (int i = 0; i < 2; i++) {
		__u64 source = key->source[i];
		key->source[i] = key->destination[i];
		key->destination[i] = source;
		if (key->family == FAMILY_IPV4)
			break;
	}
	key->ports = key->ports << 16 | key->ports >> 16;
}

/* The connection that a packet of the host's answers: by a masqueraded server's address, or, where
 * servers have the service's own, by that of a server that is known to be here. */
static __always_inline int find_answered(const struct settings *settings,
					 const struct packet *packet, struct match *match)
{
	struct key key;

	key_of(packet, &key);
	if (find_connection(settings, &key, hash_of(&key, settings->hash_seed), match))
		return match->reply;
	turn_round(&key);
	if (!find_connection(settings, &key, hash_of(&key, settings->hash_seed), match))
		return 0;
	if (match->reply || match->slot->in_hop != HOP_LOCAL ||
	    match->slot->forwarding == FORWARDING_MASQUERADE)
		return 0;
	match->reply = 1;
	return 1;
}

/* Without a director, what it has to know is noted for the next one. */
static __always_inline void tell_director(struct __sk_buff *skb, const struct packet *packet,
					  struct slot *slot)
{
	__u32 interface = skb->ifindex;
	__u32 *queue = bpf_map_lookup_elem(&queues, &interface);
	__u32 bytes = skb->len - ETHERNET_BYTES;
	struct sent told = {};

	if (!queue || !bpf_map_lookup_elem(&xsks, queue)) {
		note_missed_flags(slot, packet->tcp_flags);
		return;
	}
	if (bytes > SENT_BYTES)
		bytes = SENT_BYTES;
	if (bytes < IPV4_BYTES + UDP_BYTES)
		return;
	told.length = bytes;
	if (!bpf_skb_load_bytes(skb, ETHERNET_BYTES, told.packet, bytes))
		bpf_ringbuf_output(&sent, &told, sizeof(told), 0);
}

static __always_inline int changes_nothing(const struct packet *packet, const struct slot *slot)
{
	if (!(slot->flags & FLAG_FAST_OUT))
		return 0;
	return packet->protocol == PROTOCOL_UDP ||
	       (packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK;
}

/* Writes the service's address and port as the source. The helpers know of checksums that are not
 * finished yet. */
static __always_inline void write_source(struct __sk_buff *skb, const struct packet *packet,
					 const struct slot *slot)
{
	int ipv4 = packet->family == FAMILY_IPV4;
	int tcp = packet->protocol == PROTOCOL_TCP;
	__u32 source_bytes = ipv4 ? sizeof(__be32) : 4 * sizeof(__be32);
	__u32 source_at = ETHERNET_BYTES + (ipv4 ? offsetof(struct iphdr, saddr) :
						   offsetof(struct ipv6hdr, saddr));
	__u32 transport_at = ETHERNET_BYTES + (ipv4 ? IPV4_BYTES : IPV6_BYTES);
	__u32 checksum_at = transport_at + (tcp ? offsetof(struct tcphdr, check) :
						  offsetof(struct udphdr, check));
	__u64 flags = tcp ? 0 : BPF_F_MARK_MANGLED_0;
	__be16 port = slot->virtual_port;
	__be16 old_port = packet->ports->source;
	__be32 address[4];
	__be32 old_address[4];

	__builtin_memcpy(address, slot->virtual_address, sizeof(address));
	__builtin_memcpy(old_address, slot->server_address, sizeof(old_address));
	__s64 change = bpf_csum_diff(old_address, source_bytes, address, source_bytes, 0);
	if (ipv4)
		bpf_l3_csum_replace(skb, ETHERNET_BYTES + offsetof(struct iphdr, check), 0, change,
				    0);
	bpf_l4_csum_replace(skb, checksum_at, 0, change, BPF_F_PSEUDO_HDR | flags);
	bpf_l4_csum_replace(skb, checksum_at, old_port, port, sizeof(port) | flags);
	bpf_skb_store_bytes(skb, source_at, address, source_bytes, 0);
	bpf_skb_store_bytes(skb, transport_at, &port, sizeof(port), 0);
}

static __always_inline void translate_answer_of(struct __sk_buff *skb,
						const struct settings *settings, __u8 family)
{
	void *data = (void *)(long)skb->data;
	struct packet packet;
	struct match match;

	if (parse(&packet, data, (void *)(long)skb->data_end, skb->len, family) != KIND_FLOW ||
	    packet.protocol == PROTOCOL_SCTP || !find_answered(settings, &packet, &match))
		return;
	note_seen(match.slot);
	count(settings, &match, packet.length);
	if (!changes_nothing(&packet, match.slot))
		tell_director(skb, &packet, match.slot);
	if (match.slot->forwarding == FORWARDING_MASQUERADE)
		write_source(skb, &packet, match.slot);
}

static __always_inline void translate_answer(struct __sk_buff *skb)
{
	__u32 zero = 0;
	const struct settings *here = bpf_map_lookup_elem(&settings, &zero);

	if (!here || !here->local_servers)
		return;
	bpf_skb_pull_data(skb, skb->len < ANSWER_HEADER_BYTES ? skb->len : ANSWER_HEADER_BYTES);
	if (skb->protocol == bpf_htons(ETHERTYPE_IPV4))
		translate_answer_of(skb, here, FAMILY_IPV4);
	else if (skb->protocol == bpf_htons(ETHERTYPE_IPV6))
		translate_answer_of(skb, here, FAMILY_IPV6);
}
