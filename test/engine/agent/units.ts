/** The units of systemd/ on a whole host: installed as they stand in the repository. */
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { LabHost } from '../../lab/host.ts';
import { buildBundle } from '../bundle.ts';

const units = join(import.meta.dirname, '../../../systemd');

export async function unitFiles(): Promise<string[]> {
  return (await readdir(units)).toSorted();
}

export function readUnit(name: string): Promise<string> {
  return readFile(join(units, name), 'utf8');
}

/** hullguard as it is shipped as /usr/bin/hullguard, with all units, none of which is started. */
export async function installUnits(host: LabHost): Promise<void> {
  for (const name of await unitFiles()) await copyFile(join(units, name), join(host.share, name));
  await copyFile(await buildBundle(), join(host.share, 'bundle.cjs'));
  const wrapper = '#!/bin/sh\\nexec /usr/local/bin/node /usr/lib/hullguard.cjs "$@"\\n';
  await host.sh(`cp /lab/bundle.cjs /usr/lib/hullguard.cjs; printf '${wrapper}' >/usr/bin/hullguard && chmod 755 /usr/bin/hullguard
    cp /lab/hullguard* /etc/systemd/system/ && systemctl daemon-reload`);
}

export async function writeConfig(host: LabHost, yaml: string): Promise<void> {
  await writeFile(join(host.share, 'config.yaml'), yaml);
  await host.sh('mkdir -p /etc/hullguard && cp /lab/config.yaml /etc/hullguard/config.yaml');
}

const OF_THE_SERVICE = /^(Type|NotifyAccess|ExecStart|ExecReload|Restart\w*|WatchdogSec|TimeoutStartSec|Condition\w*)=/;

/** Runs a shell script under exactly what confines that unit; returns what it printed, errors included. */
export async function confined(host: LabHost, unit: string, script: string): Promise<string> {
  const kept = (await readUnit(unit)).split('\n').filter((line) => !OF_THE_SERVICE.test(line));
  const service = [
    'Type=oneshot',
    'ExecStart=/bin/sh /lab/confined.sh',
    'StandardOutput=append:/root/confined.out',
    'StandardError=inherit',
  ];
  const text = kept.join('\n').replace('[Service]\n', `[Service]\n${service.join('\n')}\n`);
  await writeFile(join(host.share, 'confined.service'), text);
  await writeFile(join(host.share, 'confined.sh'), script);
  return host.sh(`rm -f /root/confined.out; cp /lab/confined.service /run/systemd/system/ && systemctl daemon-reload
    systemctl start confined; cat /root/confined.out`);
}

/** Waits until a command prints what is looked for; UML is slow, so long. */
export async function until(host: LabHost, command: string, wanted: RegExp, seconds = 60): Promise<string> {
  let printed = '';
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(250)) {
    printed = (await host.run(command)).stdout;
    if (wanted.test(printed)) return printed;
  }
  expect(printed, command).toMatch(wanted);
  return printed;
}

/** What a service has logged since it was last started, each record with its priority: `5 ready head=…`. */
export async function journal(host: LabHost, unit: string): Promise<string[]> {
  const json = await host.sh(
    `journalctl --no-pager -o json -u ${unit} _SYSTEMD_INVOCATION_ID=$(systemctl show -p InvocationID --value ${unit})`,
  );
  return json
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly PRIORITY: string; readonly MESSAGE: string })
    .map(({ PRIORITY, MESSAGE }) => `${PRIORITY} ${MESSAGE}`);
}
