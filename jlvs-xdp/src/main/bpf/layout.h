/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the program and Java share, byte for byte. The connection table's Java twin is
 * org.jlvs.core.connection.ConnectionLayout, that of settings and interests is
 * org.jlvs.xdp.DirectorLayout. Numbers are in the host's order unless their type says otherwise.
 */
#pragma once

#include <linux/types.h>

/* Change it with any structure of this file: a process adopts only maps of its own version. */
#define LAYOUT_VERSION 3

#define FLAG_IPV6 0x01
#define FLAG_SERVER_IPV6 0x02
#define FLAG_FAST_IN 0x04
#define FLAG_FAST_OUT 0x08
#define FLAG_TEMPLATE 0x10

#define FORWARDING_MASQUERADE 0
#define FORWARDING_TUNNEL 2
#define FORWARDING_DIRECT 3

/* A connection. The first cache line is all that direct routing needs. */
struct slot {
	__u8 protocol;
	__u8 flags;
	__u8 forwarding;
	__u8 missed_flags;
	/* As a packet of the client carries them: client port, virtual port. */
	__be16 client_port;
	__be16 virtual_port;
	__be16 server_port;
	__u16 state;
	__u32 server;
	__u32 in_hop;
	__u32 out_hop;
	__u64 last_seen;
	__be32 client_address[4];
	__be32 virtual_address[4];
	__be32 server_address[4];
	__u8 java[48];
};

/* A hop number that means the host itself. */
#define HOP_LOCAL 0xffffffff

#define BUCKET_ENTRIES 8
#define ENTRY_REPLY 0x80000000

/* Eight connections whose keys hash alike: one cache line. */
struct bucket {
	__u32 tags[BUCKET_ENTRIES];
	__u32 entries[BUCKET_ENTRIES];
};

struct hop {
	/* MAC addresses in the first six bytes, the other two zero. */
	__u64 destination;
	__u64 source;
	__u32 interface;
	__u32 mtu;
	__u32 valid;
	__u8 java[36];
};

/* How packets for a server are wrapped; 0 asks the director. */
#define TUNNEL_IPIP 1
#define TUNNEL_GRE 2
#define TUNNEL_GUE 3

/* By real server number: the headers before packets that are tunnelled to it. */
struct tunnel {
	__be32 source[4];
	/* Largest outer packet. */
	__u32 mtu;
	__u32 kind;
	/* GUE's destination port. */
	__be16 port;
	/* Whether the outer IPv4 header forbids fragments when the inner one does. */
	__u8 copies_do_not_fragment;
	__u8 reserved[5];
};

/* By hash: a flow that is the host's business although the interest map covers it. */
struct passing {
	__be32 source[4];
	__be32 destination[4];
	/* As in struct key. */
	__u32 ports;
	__u8 protocol;
	__u8 family;
	__u16 reserved;
	__u32 interface;
	/* It holds while this is the settings' number, */
	__u32 generation;
	/* and until this moment of CLOCK_MONOTONIC. */
	__u64 until;
	__u64 reserved2;
};

#define PASSING_FLOWS 16384

/* The beginning of a packet that a real server on the host has sent, before it is translated. */
#define SENT_BYTES 60

struct sent {
	/* Of what follows. */
	__u32 length;
	__u8 packet[SENT_BYTES];
};

struct counter {
	__u64 in_packets;
	__u64 in_bytes;
	__u64 out_packets;
	__u64 out_bytes;
};

/* Which combinations the interest map holds, so that others are not looked up: of IPv4 in the low
 * byte, of IPv6 in the next. */
#define SHAPE_ENDPOINT 0x01         /* address, protocol, port */
#define SHAPE_ADDRESS_PROTOCOL 0x02 /* address, protocol */
#define SHAPE_ADDRESS 0x04          /* address */
#define SHAPE_PORT 0x08             /* protocol, port */
#define SHAPE_PROTOCOL 0x10         /* protocol */
#define SHAPE_ALL 0x20              /* everything */
#define SHAPES_IPV6_SHIFT 8

/* Which packets may come whose checksum their sender left to its device: none, ones that lose the
 * note of it when they leave (the native mode), or ones that keep it (the generic mode). */
#define UNFINISHED_NONE 0
#define UNFINISHED_LOST 1
#define UNFINISHED_KEPT 2

struct settings {
	__u64 hash_seed;
	/* Source address in the Ethernet header of frames the director gives back to the host. */
	__u64 delivery_mark;
	__u32 layout_version;
	__u32 bucket_mask;
	/* Counters a CPU. */
	__u32 servers;
	/* Union of SHAPE_ bits. */
	__u32 interest_shapes;
	/* Slots less number 0. */
	__u32 connections;
	/* One of UNFINISHED_. */
	__u32 unfinished;
	/* Of the passing flows that still hold. */
	__u32 passing_generation;
	/* Whether real servers may be on the host itself, so that what it sends matters. */
	__u32 local_servers;
};

/* Zero is "any" in each field but the family. */
struct interest_key {
	__be32 address[4];
	__be16 port;
	__u8 protocol;
	__u8 family;
};

/* Packets of no connection go to the director. */
#define INTEREST_UNMATCHED 0x01
/* While no director listens, the packet that would begin a connection is dropped: the client tries
 * again, instead of hearing from the host that nobody serves there. */
#define INTEREST_RETRY 0x02
/* ICMP errors, fragments and packets with options to the address go to the director. */
#define INTEREST_ODD_TO 0x04
/* And those from the address: a real server behind masquerading. */
#define INTEREST_ODD_FROM 0x08
