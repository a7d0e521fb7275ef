// Certificates for a broker on 127.0.0.1: an authority of its own, made anew for each test, so no key lies in the repository
// and none expires. Needs openssl.

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Certificates {
  /** The authority's certificate, PEM: what a client has to trust. */
  readonly ca: string
  /** A file with the server's key (PKCS#8) and certificate, PEM: what Kafka calls a key store of type PEM. */
  readonly keyStore: string
}

const run = promisify(execFile)

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const DAYS = ['-days', '2']

// Clients check the address that they connect to against the subject's alternative names, not against its common name.
const SERVER_EXTENSIONS = 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n'

/** @param directory where the files are put; its owner removes it */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory })
  await writeFile(join(directory, 'server.ext'), SERVER_EXTENSIONS)
  await openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    ...DAYS,
    '-subj',
    '/CN=test-ca',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  await openssl('req', ...NEW_KEY, '-subj', '/CN=test-broker', '-keyout', 'server.key', '-out', 'server.csr')
  const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial']
  const request = ['-in', 'server.csr', '-extfile', 'server.ext', '-out', 'server.pem']
  await openssl('x509', '-req', ...request, ...signer, ...DAYS)

  const read = (name: string) => readFile(join(directory, name), 'utf8')
  const keyStore = join(directory, 'server-key-and-certificate.pem')
  await writeFile(keyStore, `${await read('server.key')}${await read('server.pem')}`, { mode: 0o600 })
  return { ca: await read('ca.pem'), keyStore }
}
