/** Rows and literals that the tables of many checks share. */
import { HostError } from '../../facts/host.ts';
import type { Rows } from '../check-tester.ts';
import type { HostLiteral, Literal } from '../fake-host.ts';

/** The container that a row gets unless it names another. */
export const CONTAINER = 'c0ffee'.padEnd(64, '0');
/** The image of that container. */
export const IMAGE = `sha256:${'1'.repeat(64)}`;

export const stopped = { Status: 'exited', Running: false, Pid: 0 };

/** A hardened host with one running container that differs in its HostConfig. */
export function hostConfig(HostConfig: Literal, rest: HostLiteral = {}): HostLiteral {
  return { ...rest, containers: [{ HostConfig }] };
}

/** The same, the container being stopped. */
export function stoppedConfig(HostConfig: Literal, rest: HostLiteral = {}): HostLiteral {
  return { ...rest, containers: [{ HostConfig, State: stopped }] };
}

interface FirstProcess {
  readonly uid?: number;
  readonly noNewPrivileges?: boolean;
  readonly seccomp?: number;
}

/** What the kernel says of the container's first process; a hardened one unless told. */
export function firstProcess({ uid = 101_000, noNewPrivileges = true, seccomp = 2 }: FirstProcess): { readonly [path: string]: string } {
  const status = `Name:\tweb\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nNSpid:\t4242\nNoNewPrivs:\t${noNewPrivileges ? 1 : 0}\nSeccomp:\t${seccomp}\n`;
  return { '/proc/4242/status': status };
}

/** The container runs, but in a PID namespace that we do not see. */
export const outOfSight = { '/proc/4242/stat': null, '/proc/4242/cgroup': null };

/** What can go wrong while containers are read: never a pass. `base` is a host on which the check applies. */
export function containerErrors(base: HostLiteral = {}): Rows {
  const inspect = `/containers/${CONTAINER}/json`;
  const failing = (path: string, answer: unknown): HostLiteral => ({ containers: [{}], ...base, api: { ...base.api, [path]: answer } });
  return {
    'no containers': { host: { ...base, containers: [] }, status: 'not-applicable', says: 'there are no containers' },
    'a container removed between list and inspect': {
      host: failing(inspect, new HostError('not-found', 'GET /containers: no such container')),
      status: 'error',
      says: 'removed between list and inspect',
    },
    'inspect answers with an error': {
      host: failing(inspect, new HostError('io', 'GET /containers: 500 layer does not exist')),
      status: 'error',
      says: '500 layer does not exist',
    },
    'inspect answers with something else': { host: failing(inspect, { Id: 1 }), status: 'error', says: 'not what Docker sends' },
    'the list is not a list': {
      host: failing('/containers/json?all=1', { message: 'no' }),
      status: 'error',
      says: 'not what Docker sends',
    },
    'no engine answers': { host: { ...base, api: { '/info': new HostError('unreachable', 'nobody listens') } }, status: 'error' },
  };
}

/** What can go wrong while images are read. */
export function imageErrors(base: HostLiteral = {}): Rows {
  const inspect = `/images/${IMAGE}/json`;
  const failing = (path: string, answer: unknown): HostLiteral => ({ images: [{}], ...base, api: { ...base.api, [path]: answer } });
  return {
    'no images': { host: { ...base, images: [] }, status: 'not-applicable', says: 'there are no' },
    'an image removed between list and inspect': { host: failing(inspect, new HostError('not-found', 'no such image')), status: 'error' },
    'inspect answers with something else': { host: failing(inspect, { Id: 1 }), status: 'error', says: 'not what Docker sends' },
    'the list is not a list': { host: failing('/images/json', null), status: 'error', says: 'not what Docker sends' },
    'no engine answers': { host: { ...base, api: { '/info': new HostError('unreachable', 'nobody listens') } }, status: 'error' },
  };
}

/** A host with one image that was built in these steps, the newest first, as `docker history` lists them. */
export function built(...newestFirst: readonly string[]): HostLiteral {
  return { images: [{}], history: newestFirst };
}
