// Compressions that producers of other languages use by default. kafkajs knows gzip alone, and the first batch of another codec
// ends its consumer for good. Reading is what matters: our own appends are not compressed, events are small and the topic's
// `compression.type` lets the broker do it.

import { decompress as unzstd } from 'fzstd'
import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import lz4 from 'lz4js'

const { CompressionCodecs, CompressionTypes } = kafkajs

/** Registers them with kafkajs, which keeps one table for the whole process. May be called again. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = snappy
  CompressionCodecs[CompressionTypes.LZ4] = readOnly('lz4', lz4.decompress)
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly('zstd', unzstd)
}

/** Brokers refuse what lz4js writes, and fzstd does not write. */
const readOnly = (name: string, decompress: (data: Uint8Array) => Uint8Array) => () => ({
  compress: async () => {
    throw new Error(`${name} is read, not written`)
  },
  decompress: async (data: Buffer) => Buffer.from(decompress(data)),
})
