// Which partition a key belongs to. All records of a key, so all copies of an event, must meet in one partition for ever:
// changing this function breaks the order of keys in logs that exist.

/** FNV-1a over the UTF-16 code units, then the 32-bit finaliser of MurmurHash3, so that every bit counts. */
function hash(key: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The partition of a key, 0 to `partitions` - 1. */
export const partitionOf = (key: string, partitions: number): number => hash(key) % partitions
