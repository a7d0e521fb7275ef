// How each example program is run, and what it needs that `npm ci` does not bring.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { missing, type Need, needsKafka } from '../support/kafka.ts'
import type { Publisher } from './publisher-suite.ts'
import { run } from './run.ts'

const directory = (name: string): string => fileURLToPath(new URL(`../../examples/${name}/`, import.meta.url))

export interface Prepared {
  readonly need: Need
  readonly publisher: Publisher
}

/** Needs python3 on the PATH with the packages of examples/python/requirements.txt. */
export async function pythonPublisher(): Promise<Prepared> {
  const program = join(directory('python'), 'publish_usage.py')
  return {
    need: await both(async () => {
      const { code } = await run(['python3', '-c', 'import confluent_kafka, fastavro']).catch(() => ({
        code: 1,
      }))
      return code === 0 ? {} : missing('needs python3 with: pip install -r examples/python/requirements.txt')
    }),
    publisher: {
      language: 'python',
      framings: ['confluent', 'single-object', 'json'],
      run: (args, options) => run(['python3', program, ...args], options),
    },
  }
}

export async function typescriptPublisher(): Promise<Prepared> {
  const program = join(directory('typescript'), 'publish-usage.ts')
  return {
    need: await needsKafka(),
    publisher: {
      language: 'typescript',
      framings: ['confluent', 'json'],
      run: (args, options) => run([process.execPath, '--import', 'tsx', program, ...args], options),
    },
  }
}

/** Needs java, javac and mvn on the PATH. Jars and classes are kept in the user's cache, by what they are made of. */
export async function javaPublisher(): Promise<Prepared> {
  const sources = directory('java')
  let libs = ''
  return {
    need: await both(async () => {
      for (const tool of [
        ['javac', '-version'],
        ['mvn', '--version'],
      ]) {
        const { code } = await run(tool).catch(() => ({ code: 1 }))
        if (code !== 0) return missing(`needs ${tool[0]}`)
      }
      libs = await buildJava(sources)
      return {}
    }),
    publisher: {
      language: 'java',
      framings: ['confluent', 'single-object'],
      run: (args, options) =>
        run(['java', '-XX:TieredStopAtLevel=1', '-cp', `${libs}/*:${libs}`, 'PublishUsage', ...args], {
          ...options,
          cwd: sources,
        }),
    },
  }
}

const JAVA_FILES = ['pom.xml', 'PublishUsage.java', 'SampleCalls.java', 'UsageEvent.java', 'Buckets.java']

async function buildJava(sources: string): Promise<string> {
  const files = await Promise.all(JAVA_FILES.map(name => readFile(join(sources, name))))
  const digest = createHash('sha256').update(Buffer.concat(files)).digest('hex').slice(0, 16)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'spendledger')
  const libs = join(cache, `examples-java-${digest}`)
  if (existsSync(libs)) return libs
  const scratch = `${libs}.${process.pid}`
  await mkdir(scratch, { recursive: true })
  const fetchJars = [
    'mvn',
    '-q',
    '-B',
    '-f',
    sources,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${scratch}`,
  ]
  const java = JAVA_FILES.slice(1).map(name => join(sources, name))
  for (const command of [fetchJars, ['javac', '-cp', `${scratch}/*`, '-d', scratch, ...java]]) {
    const { code, stdout, stderr } = await run(command)
    if (code !== 0) throw new Error(`${command[0]} failed:\n${stdout}${stderr}`)
  }
  // Another test run may have been faster.
  await rename(scratch, libs).catch(() => rm(scratch, { recursive: true, force: true }))
  return libs
}

async function both(more: () => Promise<Need>): Promise<Need> {
  const broker = await needsKafka()
  return broker.skip === undefined ? more() : broker
}
