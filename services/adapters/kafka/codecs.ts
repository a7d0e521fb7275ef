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
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: async (encoder: { buffer: Buffer }) => Buffer.from(lz4.compress(encoder.buffer)),
    decompress: async (data: Buffer) => Buffer.from(lz4.decompress(data)),
  })
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async () => {
      throw new Error('zstd is read, not written')
    },
    decompress: async (data: Buffer) => Buffer.from(unzstd(data)),
  })
}
