import { openSchemaStore } from './services/platform/avro/schema-store.ts'
import { createUsageEventCodec } from './services/platform/avro/codec.ts'
import { checkEventLimits } from './services/core/event-limits.ts'
const store = openSchemaStore()
const codec = createUsageEventCodec(store)
const base = store.newest.type.fromBuffer(store.newest.type.toBuffer({event_id:'a',occurred_at:1}))
const ev = {...base, event_id:'0196f3c2-1234-7abc-8def-0123456789ab', occurred_at: 1795000000000, received_at: 1795000000100, source:'http', provider:'openai', request_model:'gpt-5.4', response_model:'gpt-5.4-2026-03-05', response_id:'chatcmpl-ABCDEFGHIJKLMNOPQRSTUVWXYZ', request_id:'req-1234567890', operation:'chat', service_tier:'default', region:'us-east-1', streaming:true, finish_reason:'stop', max_output_tokens:4096, latency_ms: 812, time_to_first_token_ms: 230, tenant_id:'acme', user_id:'u-12345', team:'support', feature:'support-chat', session_id:'s-9876', task_type:'answer', prompt_id:'p1', prompt_version:'12', release:'2026.11.3', environment:'prod', service:'chat-api', trace_id:'4bf92f3577b34da6a3ce929d0e0e4736', span_id:'00f067aa0ba902b7', tags:{experiment:'b', channel:'web'}, tokens:{...base.tokens, input:400, cache_read:800, output:90}, usage_source:'provider', total_tokens_reported: 1290, units:{web_search:'2'}}
const bytes = codec.encode(ev)
console.log('bytes', bytes.length)
function bench(name: string, f: () => unknown, n = 200000) {
  for (let i = 0; i < 20000; i++) f()
  let best = Infinity
  for (let r = 0; r < 5; r++) { const t = process.cpuUsage().user; for (let i = 0; i < n; i++) f(); best = Math.min(best, (process.cpuUsage().user - t) * 1000 / n) }
  console.log(name, best.toFixed(0), 'ns')
}
const { guard, type } = store.newest
const buf = Buffer.from(bytes)
const view = new Uint8Array(buf)
bench('guard', () => guard(bytes, 5))
bench('avsc decode', () => type.decode(buf, 5).value)
const d = type.decode(buf, 5).value
bench('limits', () => checkEventLimits(d))
bench('limits literal', () => checkEventLimits(ev))
bench('decode', () => codec.decode(bytes))
bench('decode u8', () => codec.decode(view))
bench('encode', () => codec.encode(ev))
bench('encode of decoded', () => codec.encode(d))
