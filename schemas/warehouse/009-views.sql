-- Views for people's own SQL: what things cost by the newest prices, and the ledger as a FOCUS file.

-- One row per rate of the newest registered price book, worked out as pricing does it: a bucket without a rate of its own has
-- its stand-in's, a scaled variant the other's times its factor, a tier of long contexts everything that it does not change.
CREATE OR REPLACE VIEW v_prices DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
WITH
  ['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output', 'reasoning', 'input_audio', 'output_audio',
    'input_image', 'output_image', 'input_video', 'cache_read_audio', 'cache_read_image'] AS buckets,
  map('Mtok', 1000000, 'M', 1000000, 'K', 1000, 'hour', 3600, 'each', 1) AS unit_sizes,
  newest AS (
    SELECT
      b.hash AS hash, b.json AS json, JSONExtract(b.json, 'bucket_fallback', 'Map(String, String)') AS fallback,
      -- Each bucket, and after it the buckets whose rate stands in for one that is not written, the nearest first.
      arrayMap(
        bucket -> arrayFold(
          (chain, step) -> if(mapContains(fallback, chain[-1]), arrayPushBack(chain, fallback[chain[-1]]), chain),
          buckets, [bucket]),
        buckets) AS chains
    FROM price_books AS b
    WHERE b.hash = (SELECT argMax(effective_hash, sequence) FROM price_book_versions)
    LIMIT 1
  ),
  rules AS (
    SELECT
      hash, chains,
      arrayJoin(JSONExtract(json, 'rules', 'Array(Tuple(
        id String, provider String, model String, effective Tuple(from String, to String),
        variants Array(Tuple(
          id String, when String, rates Map(String, String),
          context_tiers Array(Tuple(gt Nullable(Int64), gte Nullable(Int64), rates Map(String, String))),
          scale Tuple(of String, tokens String))),
        multipliers String, source Tuple(url String, checked String)))')) AS rule
    FROM newest
  ),
  -- A variant that is another one times a factor has the rates of that one.
  variants AS (
    SELECT
      hash, chains, rule, variant, tupleElement(variant.scale, 'tokens') AS scale,
      if(scale = '', variant, arrayFirst(v -> v.id = tupleElement(variant.scale, 'of'), rule.variants)) AS rated_as
    FROM rules ARRAY JOIN rule.variants AS variant
  ),
  sheets AS (
    SELECT hash, chains, rule, variant, scale, sheet.1 AS above_input_tokens, sheet.2 AS rates
    FROM variants
    ARRAY JOIN arrayConcat(
      [(CAST(NULL, 'Nullable(Int64)'), tupleElement(rated_as, 'rates'))],
      arrayMap(
        tier -> (coalesce(tier.gt, tier.gte - 1), mapUpdate(tupleElement(rated_as, 'rates'), tier.rates)),
        tupleElement(rated_as, 'context_tiers'))
    ) AS sheet
  ),
  rates AS (
    SELECT
      hash, rule, variant, above_input_tokens, rate.1 AS component, rate.2 AS written,
      if(has(buckets, component), scale, '') AS factor, splitByChar('/', factor) AS fraction
    FROM sheets
    ARRAY JOIN arrayConcat(
      CAST(rates, 'Array(Tuple(String, String))'),
      arrayMap(
        chain -> (chain[1], rates[arrayFirst(name -> mapContains(rates, name), chain)]),
        arrayFilter(chain -> NOT mapContains(rates, chain[1]), chains))
    ) AS rate
    WHERE written NOT IN ('', 'REFUSE')
  )
SELECT
  rule.provider AS provider, rule.model AS model, rule.id AS price_rule_id,
  parseDateTime64BestEffort(tupleElement(rule.effective, 'from'), 3, 'UTC') AS valid_from,
  parseDateTime64BestEffortOrNull(tupleElement(rule.effective, 'to'), 3, 'UTC') AS valid_to,
  variant.id AS variant, variant.when AS conditions, above_input_tokens, component,
  splitByChar('/', written)[2] AS unit,
  toDecimal128(splitByChar('/', written)[1], 12)
    * if(factor = '', 1, toInt64(fraction[1])) / if(length(fraction) < 2, 1, toInt64(fraction[2])) AS rate_usd,
  toDecimal128(toDecimal256(rate_usd, 18) / unit_sizes[unit], 18) AS usd_each,
  if(factor = '', written, concat(written, ' x ', factor)) AS rate,
  rule.multipliers AS multipliers, tupleElement(rule.source, 'url') AS source,
  toDateOrNull(tupleElement(rule.source, 'checked')) AS checked, hash AS price_book_version
FROM rates;

-- The ledger as FOCUS 1.4 (https://focus.finops.org/focus-specification/), columns of our own with x_ behind: a row per UTC day,
-- group of the rollup and component of the cost that has tokens or money; a group with neither has a row of its calls. Calls
-- stand in the first row of their group, so that every column can be summed.
CREATE OR REPLACE VIEW v_focus DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
WITH
  days AS (
    -- toStartOfDay and not toDate: a filter on ChargePeriodStart then skips other days.
    SELECT
      toStartOfDay(q.quarter) AS day, q.feature AS feature, q.team AS team, q.task_type AS task_type,
      q.user_segment AS user_segment, q.provider AS provider, q.model AS model, q.service_tier AS service_tier,
      q.environment AS environment, q.release AS release, q.status AS status, sum(q.calls) AS calls,
      sum(q.unpriced_calls) AS unpriced_calls, sum(q.estimated_calls) AS estimated_calls,
      sum(q.uncached_input_tokens + q.input_audio_tokens + q.input_image_tokens + q.input_video_tokens) AS input_tokens,
      sum(q.cache_read_tokens + q.cache_read_audio_tokens + q.cache_read_image_tokens) AS cache_read_tokens,
      sum(q.cache_write_5m_tokens + q.cache_write_1h_tokens) AS cache_write_tokens, sum(q.output_tokens) AS output_tokens,
      sum(q.uncached_input_cost_usd) AS input_usd, sum(q.cache_read_cost_usd) AS cache_read_usd,
      sum(q.cache_write_cost_usd) AS cache_write_usd, sum(q.output_cost_usd) AS output_usd,
      sum(q.units_cost_usd) AS units_usd, sum(q.cost_usd) AS cost_usd, sum(q.list_cost_usd) AS list_cost_usd,
      sum(q.contracted_cost_usd) AS contracted_cost_usd
    FROM v_costs_15m AS q
    GROUP BY day, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status
  ),
  groups AS (
    SELECT
      d.*,
      CAST([
        ('input', d.input_tokens, d.input_usd), ('cache-read', d.cache_read_tokens, d.cache_read_usd),
        ('cache-write', d.cache_write_tokens, d.cache_write_usd), ('output', d.output_tokens, d.output_usd),
        ('units', 0, d.units_usd)
      ], 'Array(Tuple(sku String, tokens UInt64, usd Decimal(38, 12)))') AS components,
      arrayFilter(c -> c.tokens > 0 OR c.usd != 0, components) AS filled,
      if(empty(filled), CAST([('calls', 0, 0)], 'Array(Tuple(sku String, tokens UInt64, usd Decimal(38, 12)))'), filled) AS parts,
      -- Prices by list and by contract are kept of whole groups. They are divided as the cost is, cut to 12 digits.
      arrayMap(c -> if(d.cost_usd = 0, toDecimal128(0, 12),
        toDecimal128(toDecimal256(c.usd, 12) * toDecimal256(d.list_cost_usd, 12) / toDecimal256(d.cost_usd, 12), 12)), parts) AS list_parts,
      arrayMap(c -> if(d.cost_usd = 0, toDecimal128(0, 12),
        toDecimal128(toDecimal256(c.usd, 12) * toDecimal256(d.contracted_cost_usd, 12) / toDecimal256(d.cost_usd, 12), 12)), parts)
        AS contracted_parts
    FROM days AS d
  ),
  lines AS (
    SELECT
      g.*, part.sku AS sku, part.tokens AS tokens, part.usd AS usd, number = 1 AS is_first,
      -- What cutting left over goes to the first row.
      list_part + if(is_first, g.list_cost_usd - arraySum(g.list_parts), 0) AS list_usd,
      contracted_part + if(is_first, g.contracted_cost_usd - arraySum(g.contracted_parts), 0) AS contracted_usd,
      multiIf(sku = 'calls', toDecimal128(g.calls, 6), sku = 'units', NULL, toDecimal128(tokens, 6) / 1000000) AS quantity,
      if(tokens > 0 AND g.unpriced_calls = 0, quantity, NULL) AS priced_quantity,
      transform(g.provider,
        ['openai', 'anthropic', 'google', 'gcp_vertex', 'aws_bedrock', 'azure_openai', 'mistral', 'cohere', 'deepseek', 'xai',
          'openrouter', 'groq', 'together', 'fireworks', 'voyageai', 'moonshotai'],
        ['OpenAI', 'Anthropic', 'Google', 'Google Cloud', 'AWS', 'Microsoft Azure', 'Mistral AI', 'Cohere', 'DeepSeek', 'xAI',
          'OpenRouter', 'Groq', 'Together AI', 'Fireworks AI', 'Voyage AI', 'Moonshot AI'],
        if(g.provider = '', 'Unknown', g.provider)) AS seller,
      transform(g.provider,
        ['anthropic', 'google', 'gcp_vertex', 'aws_bedrock', 'azure_openai'],
        ['Claude API', 'Gemini API', 'Vertex AI', 'Amazon Bedrock', 'Azure OpenAI'],
        concat(seller, ' API')) AS product,
      transform(sku,
        ['input', 'cache-read', 'cache-write', 'output', 'units', 'calls'],
        ['Input Tokens', 'Cache Read Input Tokens', 'Cache Write Input Tokens', 'Output Tokens', 'Units', 'Requests'],
        '') AS meter,
      concat(if(g.model = '', 'unknown', g.model), '-', sku) AS sku_id
    FROM groups AS g
    ARRAY JOIN g.parts AS part, g.list_parts AS list_part, g.contracted_parts AS contracted_part, arrayEnumerate(g.parts) AS number
  )
SELECT
  usd AS BilledCost,
  provider AS BillingAccountId,
  seller AS BillingAccountName,
  'USD' AS BillingCurrency,
  toDateTime(toStartOfMonth(day) + INTERVAL 1 MONTH, 'UTC') AS BillingPeriodEnd,
  toDateTime(toStartOfMonth(day), 'UTC') AS BillingPeriodStart,
  'Usage' AS ChargeCategory,
  CAST(NULL, 'Nullable(String)') AS ChargeClass,
  concat(meter, ' of ', if(model = '', 'an unknown model', model)) AS ChargeDescription,
  'Usage-Based' AS ChargeFrequency,
  day + INTERVAL 1 DAY AS ChargePeriodEnd,
  day AS ChargePeriodStart,
  multiIf(sku = 'calls', calls, sku = 'units', NULL, tokens) AS ConsumedQuantity,
  multiIf(sku = 'calls', 'Requests', sku = 'units', NULL, 'Tokens') AS ConsumedUnit,
  contracted_usd AS ContractedCost,
  toDecimal128(toDecimal256(contracted_usd, 18) / priced_quantity, 12) AS ContractedUnitPrice,
  usd AS EffectiveCost,
  seller AS HostProviderName,
  CAST(NULL, 'Nullable(String)') AS InvoiceId,
  seller AS InvoiceIssuerName,
  list_usd AS ListCost,
  toDecimal128(toDecimal256(list_usd, 18) / priced_quantity, 12) AS ListUnitPrice,
  if(service_tier = 'flex', 'Dynamic', 'Standard') AS PricingCategory,
  quantity AS PricingQuantity,
  multiIf(sku = 'calls', 'Requests', sku = 'units', NULL, '1000000 Tokens') AS PricingUnit,
  CAST(NULL, 'Nullable(String)') AS RegionId,
  'AI and Machine Learning' AS ServiceCategory,
  product AS ServiceName,
  seller AS ServiceProviderName,
  'Generative AI' AS ServiceSubcategory,
  sku_id AS SkuId,
  meter AS SkuMeter,
  toJSONString(mapFilter((k, v) -> v != '', map(
    'x_ModelId', model,
    'x_TokenType', transform(sku, ['input', 'cache-read', 'cache-write', 'output'], ['Input', 'CacheRead', 'CacheWrite', 'Output'], '')
  ))) AS SkuPriceDetails,
  concat(sku_id, '@', if(service_tier = '', 'default', service_tier)) AS SkuPriceId,
  toJSONString(mapFilter((k, v) -> v != '', map('feature', feature, 'team', team, 'environment', environment))) AS Tags,
  if(is_first, calls, 0) AS x_Calls,
  'Estimated' AS x_CostBasis,
  multiIf(unpriced_calls = 0, 'Priced', unpriced_calls = calls, 'Unpriced', 'Partly Unpriced') AS x_CostStatus,
  environment AS x_Environment,
  if(is_first, estimated_calls, 0) AS x_EstimatedCalls,
  feature AS x_Feature,
  model AS x_Model,
  provider AS x_Provider,
  release AS x_Release,
  service_tier AS x_ServiceTier,
  status AS x_Status,
  task_type AS x_TaskType,
  team AS x_Team,
  if(is_first, unpriced_calls, 0) AS x_UnpricedCalls,
  user_segment AS x_UserSegment
FROM lines;
