/** Goals of dockerd's settings, planned on in-memory hosts. */
import { expect } from 'vitest';
import { collectFacts } from '../../agent/collect.ts';
import type { Facts } from '../../facts/index.ts';
import type { Json } from '../../facts/json.ts';
import { daemonSetting } from '../../remediations/daemon-setting.ts';
import type { Answer } from '../../remediations/remediation.ts';
import { started } from '../facts/effective.ts';
import { fakeHost, fakePolicy, type HostLiteral, type Literal } from '../fake-host.ts';

export const CONFIG = '/etc/docker/daemon.json';
export const UNIT = '/usr/lib/systemd/system/docker.service';
export const DEFAULTS = '/etc/default/docker';

export async function plan(key: string, value: Json, host: HostLiteral): Promise<Answer> {
  const { facts, missing } = await collectFacts(fakeHost(host), {
    policy: fakePolicy(host),
    wanted: daemonSetting.needs,
    signal: AbortSignal.timeout(5000),
  });
  expect(missing).toEqual({});
  return daemonSetting.plan({ key, value }, facts as Facts);
}

/** An engine on which nothing is hardened, of which the file says nothing either. */
export const plain: Literal = { LiveRestoreEnabled: false, SecurityOptions: ['name=seccomp,profile=builtin'], LoggingDriver: 'json-file' };
export const soft = (daemonJson: Literal | string | null = {}, rest: HostLiteral = {}): HostLiteral => ({
  networks: [bridge(true)],
  ...started('', daemonJson),
  ...rest,
  info: { ...plain, ...rest.info },
});
export function bridge(icc: boolean): Literal {
  return { Name: 'bridge', Driver: 'bridge', Options: { 'com.docker.network.bridge.enable_icc': String(icc) } };
}

/** An engine with these insecure registries. */
export function insecure(...names: readonly string[]): HostLiteral {
  const IndexConfigs = Object.fromEntries(names.filter((name) => !name.includes('/')).map((name) => [name, { Secure: false }]));
  return {
    info: { RegistryConfig: { InsecureRegistryCIDRs: ['127.0.0.0/8', ...names.filter((name) => name.includes('/'))], IndexConfigs } },
  };
}
