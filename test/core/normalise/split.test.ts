import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { NO_MODALITIES, splitInput, splitOutput } from '#core/normalise/split.ts'

const some = fc.nat(1_000_000)

describe('an inclusive input', () => {
  it('is taken apart without losing or doubling a token', () => {
    const disjoint = fc.record({
      text: some,
      audio: some,
      image: some,
      video: some,
      written: some,
      cacheText: some,
      cacheAudio: some,
      cacheImage: some,
    })
    fc.assert(
      fc.property(disjoint, parts => {
        const cached = parts.cacheText + parts.cacheAudio + parts.cacheImage
        const whole = parts.text + parts.audio + parts.image + parts.video + parts.written + cached
        const split = splitInput(
          whole,
          cached,
          parts.written,
          {
            audio: parts.audio + parts.cacheAudio,
            image: parts.image + parts.cacheImage,
            video: parts.video,
          },
          { audio: parts.cacheAudio, image: parts.cacheImage, video: 0 },
        )
        // Without cached tokens there is no split of them to speak of.
        assert.deepEqual(split, {
          consistent: true,
          input: parts.text,
          cache_read: parts.cacheText,
          input_audio: parts.audio,
          input_image: parts.image,
          input_video: parts.video,
          cache_read_audio: parts.cacheAudio,
          cache_read_image: parts.cacheImage,
        })
      }),
    )
  })

  it('that is smaller than its parts is reported as it came', () => {
    const split = splitInput(5, 128_955, 0, NO_MODALITIES, undefined)
    assert.equal(split.consistent, false)
    assert.equal(split.input, 5)
    assert.equal(split.cache_read, 128_955)
  })

  it('with cached audio that nobody tells from cached text is not guessed at', () => {
    assert.equal(splitInput(100, 50, 0, { audio: 60, image: 0, video: 0 }, undefined).consistent, false)
    assert.equal(splitInput(100, 0, 0, { audio: 60, image: 0, video: 0 }, undefined).consistent, true)
  })

  it('counts images as text where nobody says which of them were cached', () => {
    const split = splitInput(100, 50, 0, { audio: 0, image: 60, video: 0 }, undefined)
    assert.deepEqual([split.consistent, split.input, split.cache_read], [true, 50, 50])
  })
})

describe('an output', () => {
  it('holds reasoning inside or beside it', () => {
    assert.equal(splitOutput(100, 30, true, NO_MODALITIES).output, 70)
    assert.equal(splitOutput(100, 30, false, NO_MODALITIES).output, 100)
  })

  it('smaller than the reasoning inside it, or with video tokens, does not add up', () => {
    assert.equal(splitOutput(10, 30, true, NO_MODALITIES).consistent, false)
    assert.equal(splitOutput(10, 0, true, { audio: 0, image: 0, video: 5 }).consistent, false)
  })
})
