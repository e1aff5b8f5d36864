/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Numbers of the wire formats that the program reads (RFC 791, 792, 768, 9293). */
#pragma once

#include <linux/types.h>

#define ETHERNET_BYTES 14
#define ETHERTYPE_IPV4 0x0800

/* Version 4 and five words of header: an IPv4 packet without options. */
#define IPV4_PLAIN_HEADER 0x45
#define IPV4_BYTES 20
/* More-fragments and the fragment offset; don't-fragment is none of our business. */
#define IPV4_FRAGMENT_MASK 0x3fff

#define TCP_BYTES 20
#define UDP_BYTES 8
#define ICMP_BYTES 8

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* The errors that belong to a connection, as ip_vs_in_icmp() of the kernel picks them. */
#define ICMP_UNREACHABLE 3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_TIME_EXCEEDED 11

/* A family as Linux numbers it. */
#define FAMILY_IPV4 2
