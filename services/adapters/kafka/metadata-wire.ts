// The Metadata request of version 10, the first whose answer names a topic by an id that is never used again: a topic that was
// deleted and made anew has another. kafkajs stops at version 6, so the few fields are written and read here.
// https://kafka.apache.org/protocol#The_Messages_Metadata

export const METADATA_API = 3
export const METADATA_VERSION = 10

export interface TopicMetadata {
  readonly name: string
  /** 0: none. https://kafka.apache.org/protocol#protocol_error_codes */
  readonly errorCode: number
  /** Names the topic for ever: 32 hex digits. */
  readonly id: string
  readonly partitions: readonly { readonly partition: number; readonly leader: number }[]
}

export interface ClusterMetadata {
  readonly clusterId: string
  readonly brokers: number
  readonly topics: readonly TopicMetadata[]
}

const NO_TAGS = Buffer.of(0)
const ANY_ID = Buffer.alloc(16)
const FALSE = Buffer.of(0)

/** The request for these topics, from the end of the header on: the header's own tags come first. */
export function encodeMetadataRequest(topics: readonly string[]): Buffer {
  const entries = topics.flatMap(name => {
    const text = Buffer.from(name)
    return [ANY_ID, varint(text.length + 1), text, NO_TAGS]
  })
  const [createTopics, clusterRights, topicRights] = [FALSE, FALSE, FALSE]
  return Buffer.concat([
    NO_TAGS,
    varint(topics.length + 1),
    ...entries,
    createTopics,
    clusterRights,
    topicRights,
    NO_TAGS,
  ])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80)
  return Buffer.of(...bytes, value)
}

/** Reads the answer, from the end of the correlation id on. Throws RangeError where it is cut short. */
export function decodeMetadataResponse(bytes: Buffer): ClusterMetadata {
  let at = 0
  function take(length: number): Buffer {
    if (at + length > bytes.length) throw new RangeError('the metadata end too early')
    at += length
    return bytes.subarray(at - length, at)
  }
  const int16 = (): number => take(2).readInt16BE()
  const int32 = (): number => take(4).readInt32BE()
  function uvarint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = take(1).readUInt8()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }
  const text = (): string => take(Math.max(0, uvarint() - 1)).toString('utf8')
  const list = <T>(item: () => T): T[] => Array.from({ length: Math.max(0, uvarint() - 1) }, item)
  function tags(): void {
    for (let left = uvarint(); left > 0; left--) {
      uvarint()
      take(uvarint())
    }
  }

  function broker(): void {
    int32()
    text()
    int32()
    text()
    tags()
  }

  function partition(): { partition: number; leader: number } {
    int16()
    const found = { partition: int32(), leader: int32() }
    int32()
    for (let lists = 0; lists < 3; lists++) list(int32)
    tags()
    return found
  }

  function topic(): TopicMetadata {
    const errorCode = int16()
    const name = text()
    const id = take(16).toString('hex')
    take(1)
    const partitions = list(partition)
    int32()
    tags()
    return { name, errorCode, id, partitions }
  }

  tags()
  int32()
  const brokers = list(broker).length
  const clusterId = text()
  int32()
  return { clusterId, brokers, topics: list(topic) }
}
