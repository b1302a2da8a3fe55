/** An engine that hullguard may change: no systemd runs it, so the lab's own way to restart it stands in the configuration. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, type EngineOptions, importBusybox, startEngine } from '../../lab/engine.ts';
import { outside, prepareHost } from '../host.ts';

const lab = join(import.meta.dirname, '../../lab/dockerd.sh');

/** YAML of the configuration, as it stands in /etc/hullguard/config.yaml. */
export function configuration(engine: Engine, more = ''): string {
  return `apply:\n  restartCommand: [${lab}, restart, ${engine.dir}]\n${more}`;
}

/** Starts it with an image `busybox:lab` and a configuration of hullguard's that knows how to restart it. */
export async function startChangeable(options: EngineOptions, more = ''): Promise<Engine> {
  const engine = await startEngine(options);
  await importBusybox(engine);
  await prepareHost(engine, { '/etc/hullguard': { directory: true }, '/var/lib/hullguard': null });
  await writeFile(outside(engine, '/etc/hullguard/config.yaml'), configuration(engine, more));
  return engine;
}
