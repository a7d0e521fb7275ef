// Packages that come without types: as much of them as is used.

declare module 'kafkajs-snappy' {
  const codec: () => {
    compress(encoder: { buffer: Buffer }): Promise<Buffer>
    decompress(data: Buffer): Promise<Buffer>
  }
  export = codec
}

declare module 'lz4js' {
  export function decompress(data: Uint8Array): Uint8Array
}
