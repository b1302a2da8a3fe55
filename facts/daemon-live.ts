/** The settings that show: in what the engine reports, and in the processes it has started. */
import { type Engine, majorVersion, securityOption } from './engine.ts';
import type { Json } from './json.ts';

export interface Live {
  readonly value: Json;
  readonly source: string;
}

/** What no setting but this one explains. */
export const PROXIES: Readonly<Record<string, Live>> = {
  'userland-proxy': { value: true, source: 'a docker-proxy process of dockerd' },
};

/** Addresses of this host only: 127.0.0.0/8, which the engine always adds, parts of it, and the one of IPv6. */
export function isLoopbackRange(range: string): boolean {
  return /^127(\.\d{1,3}){3}\/(8|9|[12]\d|3[0-2])$/.test(range) || range === '::1/128';
}

/** The settings that the API reports, by their daemon.json key. What it reports wrongly or not at all is left out. */
export function liveSettings(engine: Engine): Readonly<Record<string, Live>> {
  const { info } = engine;
  const live: Record<string, Live> = {
    debug: { value: info.Debug, source: 'docker info: Debug' },
    'live-restore': { value: info.LiveRestoreEnabled, source: 'docker info: LiveRestoreEnabled' },
    'log-driver': { value: info.LoggingDriver, source: 'docker info: LoggingDriver' },
    'storage-driver': { value: info.Driver, source: 'docker info: Driver' },
    experimental: { value: info.ExperimentalBuild, source: 'docker info: ExperimentalBuild' },
    'data-root': { value: info.DockerRootDir, source: 'docker info: DockerRootDir' },
    'userns-remap': {
      value: securityOption(info.SecurityOptions, 'userns') === undefined ? '' : 'on',
      source: 'docker info: SecurityOptions',
    },
  };
  // Asked for in vain on a host without SELinux, which is no difference that a restart would settle.
  if (securityOption(info.SecurityOptions, 'selinux')) live['selinux-enabled'] = { value: true, source: 'docker info: SecurityOptions' };
  if (majorVersion(engine.version.Version) >= 24) {
    live['no-new-privileges'] = {
      value: securityOption(info.SecurityOptions, 'no-new-privileges') !== undefined,
      source: 'docker info: SecurityOptions',
    };
  }
  // No seccomp entry at all means that the kernel has none, so nothing is filtered.
  const seccomp = securityOption(info.SecurityOptions, 'seccomp')?.['profile'] ?? 'unconfined';
  live['seccomp-profile'] = { value: seccomp, source: 'docker info: SecurityOptions' };
  // Docker always names loopback ranges; who names none (podman) does not say.
  if (info.RegistryConfig?.InsecureRegistryCIDRs.some(isLoopbackRange)) {
    live['insecure-registries'] = { value: insecureRegistries(info.RegistryConfig), source: 'docker info: RegistryConfig' };
    live['registry-mirrors'] = { value: info.RegistryConfig.Mirrors, source: 'docker info: RegistryConfig' };
  }
  const bridge = engine.networks.find((network) => network.Name === 'bridge' && network.Driver === 'bridge');
  const icc = bridge?.Options['com.docker.network.bridge.enable_icc'];
  if (icc !== undefined) live['icc'] = { value: icc === 'true', source: 'docker network inspect bridge' };
  const ip = bridge?.Options['com.docker.network.bridge.host_binding_ipv4'];
  if (ip !== undefined) live['ip'] = { value: ip, source: 'docker network inspect bridge' };
  return live;
}

function insecureRegistries(registries: NonNullable<Engine['info']['RegistryConfig']>): string[] {
  const named = Object.entries(registries.IndexConfigs).flatMap(([name, index]) => (index.Secure ? [] : [name]));
  return [...registries.InsecureRegistryCIDRs, ...named];
}
