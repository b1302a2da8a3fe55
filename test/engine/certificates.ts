/** TLS for dockerd: one certificate that is its own authority, since client and server are one here. */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from '../lab/engine.ts';

const execute = promisify(execFile);

/** For daemon.json; `/lab` is the engine's folder. */
export const TLS = { tlsverify: true, tlscacert: '/lab/tls/ca.pem', tlscert: '/lab/tls/cert.pem', tlskey: '/lab/tls/key.pem' };

export async function makeCertificates(engine: Engine): Promise<void> {
  const file = (name: string): string => join(engine.dir, 'tls', name);
  await mkdir(join(engine.dir, 'tls'));
  const subject = ['-subj', '/CN=lab', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  await execute('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', file('key.pem'), '-out', file('cert.pem')]);
  await copyFile(file('cert.pem'), file('ca.pem'));
  await chmod(file('key.pem'), 0o400);
  await chmod(file('cert.pem'), 0o444);
  await chmod(file('ca.pem'), 0o444);
}
