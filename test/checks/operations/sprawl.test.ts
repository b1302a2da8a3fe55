import { containerSprawl, imageSprawl } from '../../../checks/operations/sprawl.ts';
import { HostError } from '../../../facts/host.ts';
import { testCheck } from '../../check-tester.ts';
import type { Literal } from '../../fake-host.ts';
import { CONTAINER, IMAGE, stopped } from '../rows.ts';

function images(count: number): Literal[] {
  return Array.from({ length: count }, (_, index) => ({ Id: `sha256:${String(index + 1).repeat(64)}`, RepoTags: [`app:${index + 1}`] }));
}

/** Running and stopped containers, all of the first image. */
function containers(running: number, others = 0): Literal[] {
  return Array.from({ length: running + others }, (_, index) => ({
    Id: `c${index}c`,
    Name: `/c${index}`,
    State: index < running ? { Pid: 4000 + index } : stopped,
  }));
}

const gone = new HostError('not-found', 'no such container');
const noEngine = { host: { api: { '/info': new HostError('unreachable', 'nobody listens') } }, status: 'error' } as const;
const noList = { host: { api: { '/containers/json?all=1': 'no' } }, status: 'error' } as const;

testCheck(imageSprawl, {
  'no engine answers': noEngine,
  'the list is not a list': noList,
  'nothing here': { host: {}, status: 'pass', says: '0 of 0 unused' },
  'all in use': { host: { images: images(1), containers: containers(2) }, status: 'pass', says: '0 of 1 unused' },
  'in use by a stopped container': { host: { images: images(1), containers: containers(0, 1) }, status: 'pass' },
  'two containers of one image are one image in use (A6 6.1)': {
    host: { images: images(2), containers: containers(2), policy: { maxUnusedImages: 0 } },
    status: 'fail',
    says: '1 of 2 unused: app:2',
  },
  'unused ones, and no policy': {
    host: { images: images(2), containers: containers(1) },
    status: 'manual',
    says: 'policy.maxUnusedImages says nothing',
  },
  'as many as allowed': { host: { images: images(3), containers: containers(1), policy: { maxUnusedImages: 2 } }, status: 'pass' },
  'more than allowed': {
    host: { images: images(6), containers: containers(1), policy: { maxUnusedImages: 2 } },
    status: 'fail',
    says: '5 of 6 unused: app:2, app:3, app:4, …',
  },
  'an image that cannot be read lies here all the same': {
    host: { images: images(1), api: { [`/images/${IMAGE}/json`]: new HostError('io', '500') }, policy: { maxUnusedImages: 0 } },
    status: 'fail',
    says: '1 of 1 unused: app:1',
  },
  'a container that cannot be read may use one': {
    host: { images: images(1), containers: [{}], api: { [`/containers/${CONTAINER}/json`]: gone }, policy: { maxUnusedImages: 1 } },
    status: 'error',
    says: 'removed between list and inspect',
  },
});

testCheck(containerSprawl, {
  'no engine answers': noEngine,
  'the list is not a list': noList,
  'nothing here': { host: {}, status: 'pass', says: '0 of 0 stopped' },
  'all running': { host: { containers: containers(2) }, status: 'pass' },
  'stopped ones, and no policy': { host: { containers: containers(1, 2) }, status: 'manual', says: 'says nothing (now 2 of 3 stopped)' },
  'as many as allowed': { host: { containers: containers(1, 2), policy: { maxStoppedContainers: 2 } }, status: 'pass' },
  'more than allowed': {
    host: { containers: containers(0, 3), policy: { maxStoppedContainers: 2 } },
    status: 'fail',
    says: '3 of 3 stopped',
  },
  'one that was never started': {
    host: { containers: [{ State: { Status: 'created', Running: false } }], policy: { maxStoppedContainers: 0 } },
    status: 'fail',
  },
  'one that cannot be read': { host: { containers: [{}], api: { [`/containers/${CONTAINER}/json`]: gone } }, status: 'error' },
});
