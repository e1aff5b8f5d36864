/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Finding a packet's connection: the reader's half of the shared table. */
#pragma once

#include "layout.h"
#include "maps.h"
#include "parsing.h"

/* Multiply-xorshift; its Java twin is org.jlvs.core.connection.ConnectionHash. */
#define HASH_MULTIPLIER_1 0x9E3779B97F4A7C15ULL
#define HASH_MULTIPLIER_2 0xD6E8FEB86659FD93ULL
#define HASH_ALTERNATE_MULTIPLIER 0x5BD1E995U

static __always_inline __u64 hash_mix(__u64 hash, __u64 word)
{
	__u64 h = (hash ^ word) * HASH_MULTIPLIER_1;

	return h ^ h >> 32;
}

static __always_inline __u64 hash_finish(__u64 hash)
{
	__u64 h = hash * HASH_MULTIPLIER_2;

	return h ^ h >> 29;
}

static __always_inline __u32 other_bucket(__u32 bucket, __u32 tag, __u32 mask)
{
	__u32 distance = tag * HASH_ALTERNATE_MULTIPLIER >> 7 & mask;

	return bucket ^ (distance ? distance : 1);
}

/* A packet's addresses and ports as both the hash and a slot want them. */
struct key {
	/* Of IPv4 only the low half of the first. */
	__u64 source[2];
	__u64 destination[2];
	/* Source port in the low half, destination port in the high half, as on the wire. */
	__u32 ports;
	__u8 protocol;
	__u8 family;
};

static __always_inline void key_of(const struct packet *packet, struct key *key)
{
	if (packet->family == FAMILY_IPV4) {
		key->source[0] = packet->ip->saddr;
		key->destination[0] = packet->ip->daddr;
	} else {
		const __u64 *addresses = addresses_of(packet);
		key->source[0] = addresses[0];
		key->source[1] = addresses[1];
		key->destination[0] = addresses[2];
		key->destination[1] = addresses[3];
	}
	key->ports = packet->ports->source | (__u32)packet->ports->destination << 16;
	key->protocol = packet->protocol;
	key->family = packet->family;
}

static __always_inline __u64 hash_of(const struct key *key, __u64 seed)
{
	__u64 hash;

	if (key->family == FAMILY_IPV4) {
		hash = hash_mix(seed, key->source[0] | key->destination[0] << 32);
	} else {
		hash = hash_mix(hash_mix(seed, key->source[0]), key->source[1]);
		hash = hash_mix(hash_mix(hash, key->destination[0]), key->destination[1]);
	}
	return hash_finish(hash_mix(hash, key->ports | (__u64)key->protocol << 32));
}

static __always_inline int is_address(__u8 family, const __be32 *of_slot, const __u64 *address)
{
	const __u64 *halves = (const __u64 *)of_slot;

	if (family == FAMILY_IPV4)
		return *of_slot == (__be32)*address;
	return halves[0] == address[0] && halves[1] == address[1];
}

/* A connection and the direction a packet goes in it. */
struct match {
	struct slot *slot;
	int reply;
};

/* Whether `entry` is the packet's connection. An entry may be read while the writer replaces it:
 * only the key in the slot counts. */
static __always_inline int entry_matches(__u32 entry, const struct key *key, struct match *match)
{
	__u32 number = entry & ~ENTRY_REPLY;
	struct slot *slot = bpf_map_lookup_elem(&slots, &number);

	if (!slot || !number || slot->protocol != key->protocol)
		return 0;
	match->slot = slot;
	if (entry & ENTRY_REPLY) {
		__u32 ports = slot->server_port | (__u32)slot->client_port << 16;
		match->reply = 1;
		__u8 families = key->family == FAMILY_IPV4 ? 0 : FLAG_IPV6 | FLAG_SERVER_IPV6;
		return (slot->flags & (FLAG_IPV6 | FLAG_SERVER_IPV6 | FLAG_TEMPLATE)) == families &&
		       is_address(key->family, slot->server_address, key->source) &&
		       is_address(key->family, slot->client_address, key->destination) &&
		       ports == key->ports;
	}
	__u32 ports = slot->client_port | (__u32)slot->virtual_port << 16;
	match->reply = 0;
	__u8 family = key->family == FAMILY_IPV4 ? 0 : FLAG_IPV6;
	return (slot->flags & (FLAG_IPV6 | FLAG_TEMPLATE)) == family &&
	       is_address(key->family, slot->client_address, key->source) &&
	       is_address(key->family, slot->virtual_address, key->destination) &&
	       ports == key->ports;
}

/* All ones where the tag at `i` is the one searched, else 0. Without a branch: which of the eight
 * it is can't be predicted. The compiler would see through it and branch, hence the barrier. */
static __always_inline __u64 tag_mask(const struct bucket *bucket, int i, __u32 tag)
{
	__u64 difference = bucket->tags[i] ^ tag;

	barrier_var(difference);
	return (__u64)((__s64)(difference - 1) >> 63);
}

static __always_inline int find_in(__u32 number, __u32 tag, const struct key *key,
				   struct match *match)
{
	struct bucket *bucket = bpf_map_lookup_elem(&buckets, &number);
	__u64 entry = 0;
	__u64 hits = 0;

	if (!bucket)
		return 0;
#pragma unroll
	for (int i = 0; i < BUCKET_ENTRIES; i++) {
		__u64 mask = tag_mask(bucket, i, tag);
		entry |= bucket->entries[i] & mask;
		hits -= mask;
	}
	if (hits == 0)
		return 0;
	if (hits == 1)
		return entry_matches(entry, key, match);
	/* Two connections of one tag, or the tag of a removed one. */
#pragma clang loop unroll(disable)
	for (int i = 0; i < BUCKET_ENTRIES; i++) {
		if (bucket->tags[i] == tag && entry_matches(bucket->entries[i], key, match))
			return 1;
	}
	return 0;
}

/* Begins to fetch the slot that a connection of this hash lies in when it can, while the bucket that
 * names its slot for certain is fetched as well: two cache misses at a time instead of one after
 * the other. The load must not be optimised away, as nothing uses it. */
static __always_inline void prefetch_home(const struct settings *settings, __u32 tag)
{
	__u32 home = 1 + ((__u64)tag * settings->connections >> 32);
	const struct slot *slot = bpf_map_lookup_elem(&slots, &home);
	__u64 unused;

	if (slot)
		asm volatile("%0 = *(u64 *)(%1 + 0)" : "=r"(unused) : "r"(slot));
}

static __always_inline int find_connection(const struct settings *settings,
					   const struct key *key, __u64 hash, struct match *match)
{
	__u32 tag = hash >> 32;
	__u32 first = (__u32)hash & settings->bucket_mask;
	prefetch_home(settings, tag);
	if (find_in(first, tag, key, match))
		return 1;
	return find_in(other_bucket(first, tag, settings->bucket_mask), tag, key, match);
}
