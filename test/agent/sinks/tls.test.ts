/** Which certificates are trusted is settled when a process starts, so each case has one of its own. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inScratch } from '../hullguard.ts';
import { drift } from './drifts.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const execute = promisify(execFile);

async function withTls(name: string, work: (receiver: Receiver, authority: string, directory: string) => Promise<void>): Promise<void> {
  await inScratch(async (directory) => {
    const key = path.join(directory, 'key.pem');
    const cert = path.join(directory, 'cert.pem');
    const subject = ['-subj', '/CN=receiver', '-addext', `subjectAltName=${name}`, '-days', '2', '-nodes'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    await execute('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert]);
    const receiver = await startReceiver({ tls: { key: fs.readFileSync(key, 'utf8'), cert: fs.readFileSync(cert, 'utf8') } });
    try {
      await work(receiver, cert, directory);
    } finally {
      await receiver.close();
    }
  });
}

/** What comes of one delivery on a host that trusts that authority alone. */
async function deliver(url: string, authority: string, directory: string): Promise<string> {
  const script = path.join(directory, 'deliver.mjs');
  fs.writeFileSync(
    script,
    `import { openWebhook } from '${path.join(import.meta.dirname, '../../../agent/sinks/webhook.ts')}';
     const webhook = openWebhook({ url: '${url}/token', minSeverity: 'low', allowHttp: false });
     await webhook.deliver(${JSON.stringify(JSON.stringify({ id: 1, ...drift }))}).then(() => console.log('taken'), (error) => console.log(String(error)));`,
  );
  const env = { ...process.env, SSL_CERT_FILE: authority, SSL_CERT_DIR: '/nonexistent' };
  return (await execute(process.execPath, [script], { env })).stdout.trim();
}

test('a receiver whose authority this host trusts is told', { timeout: 30_000 }, () =>
  withTls('IP:127.0.0.1', async ({ url, received }, authority, directory) => {
    expect(await deliver(url, authority, directory)).toBe('taken');
    expect(received.length).toBe(1);
  }),
);

test('one of an authority that only others trust is not', { timeout: 30_000 }, () =>
  withTls('IP:127.0.0.1', async ({ url, received }, _authority, directory) => {
    const other = path.join(directory, 'other.pem');
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    await execute('openssl', ['req', '-x509', ...curve, '-subj', '/CN=other', '-nodes', '-keyout', '/dev/null', '-out', other]);
    expect(await deliver(url, other, directory)).toMatch(/self-signed certificate/);
    expect(received.length).toBe(0);
  }),
);

test('nor is one of another name, and the message shows no token', { timeout: 30_000 }, () =>
  withTls('DNS:elsewhere.example.com', async ({ url, received }, authority, directory) => {
    const said = await deliver(url, authority, directory);
    expect(said).toMatch(/does not match certificate's altnames/);
    expect(said).not.toContain('token');
    expect(received.length).toBe(0);
  }),
);
