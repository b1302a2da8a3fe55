/** Sections 4, 6 and 7 on the insecure host. */
import type { Table } from '../table.ts';

export const imagesAndRest: Table = {
  '4.1 image/non-root-user': {
    status: 'fail',
    containers: 'fail User not set, so root',
    only: {
      built: 'fail User=root',
      'exec-root': 'pass uid 1000',
      'exec-self': 'pass uid 1000',
      'user-00': 'fail User=00',
      'user-1000': 'pass uid 1000',
      'user-group-only': 'fail User=:5',
      'user-name': 'pass User=web',
      'user-zero': 'fail User=0:0',
    },
    images: 'fail User not set, so root',
    evidence: { 'image better:1': 'pass User=1000', 'image web:1': 'fail User=root' },
  },
  '4.2 image/trusted-base': { status: 'manual', images: 'review policy.allowedRegistries says nothing' },
  '4.3 image/minimal-packages': {
    status: 'manual',
    evidence: {
      host: 'review nobody has attested a package list of each image in use, compared with what its service needs',
    },
  },
  '4.4 image/scanned-and-rebuilt': {
    status: 'manual',
    evidence: {
      host: 'review nobody has attested a recent scan of every image in use without fixable high or critical flaws',
    },
  },
  '4.5 image/content-trust': { status: 'fail', evidence: { 'client environment': 'fail not set for the users of this host' } },
  '4.6 image/healthcheck': {
    status: 'fail',
    images: 'fail none',
    evidence: { 'image better:1': 'pass declared', 'image web:1': 'fail switched off (NONE)' },
  },
  '4.7 image/update-not-alone': {
    status: 'fail',
    images: 'pass none',
    evidence: {
      'image busybox:lab': 'review it has no build history (imported or squashed)',
      'image web:1': 'fail 1 such step',
    },
  },
  '4.8 image/no-setuid-setgid': {
    status: 'manual',
    evidence: {
      host: 'review nobody has attested a list of setuid and setgid files in each image in use (find / -perm /6000)',
    },
  },
  '4.9 image/copy-not-add': {
    status: 'fail',
    images: 'pass none',
    evidence: {
      'image busybox:lab': 'not-applicable it has no build history (imported or squashed)',
      'image web:1': 'fail 2 ADD steps, 1 from the network',
    },
  },
  '4.10 image/no-secrets': {
    status: 'fail',
    images: 'pass no name like a secret; file contents are not searched',
    evidence: {
      'image web:1': 'fail named like secrets: API_TOKEN, com.example.password, DB_PASSWORD (values not read)',
    },
  },
  '4.11 image/verified-packages': {
    status: 'fail',
    images: 'review no sign of unverified packages; attest the build process',
    evidence: {
      'image busybox:lab': 'review it has no build history (imported or squashed)',
      'image web:1': 'fail unauthenticated packages allowed, TLS check off, download piped to a shell',
    },
  },
  '4.12 image/signed-artifacts-validated': {
    status: 'manual',
    evidence: { host: 'review nobody has attested the pipeline step that verifies signatures before the upload' },
  },
  '6.1 ops/image-sprawl': {
    status: 'manual',
    evidence: { images: 'review policy.maxUnusedImages says nothing (now 3 of 6 unused: base:1, better:1, moved:1)' },
  },
  '6.2 ops/container-sprawl': {
    status: 'manual',
    evidence: { containers: 'review policy.maxStoppedContainers says nothing (now 54 of 80 stopped)' },
  },
  // With a swarm: swarm.test.ts.
  '7.1 swarm/manager-count': 'not-applicable: swarm mode is inactive',
  '7.2 swarm/bind-interface': 'not-applicable: swarm mode is inactive',
  '7.3 swarm/overlay-encrypted': 'not-applicable: swarm mode is inactive',
  '7.4 swarm/secrets-used': 'not-applicable: swarm mode is inactive',
  '7.5 swarm/autolock': 'not-applicable: swarm mode is inactive',
  '7.6 swarm/autolock-key-rotated': 'not-applicable: swarm mode is inactive',
  '7.7 swarm/node-cert-rotation': 'not-applicable: swarm mode is inactive',
  '7.8 swarm/ca-rotation': 'not-applicable: swarm mode is inactive',
  '7.9 swarm/data-plane-separated': 'not-applicable: swarm mode is inactive',
};

export const capabilities: Table = {
  'community/no-cap-dac-read-search': {
    status: 'fail',
    containers: 'pass not granted',
    only: {
      'cap-all': 'fail adds ALL',
      'cap-danger': 'fail adds DAC_READ_SEARCH',
      privileged: 'fail privileged: all capabilities',
    },
  },
  'community/no-cap-sys-admin': {
    status: 'fail',
    containers: 'pass not granted',
    only: {
      'cap-add': 'fail adds SYS_ADMIN',
      'cap-all': 'fail adds ALL',
      privileged: 'fail privileged: all capabilities',
    },
  },
  'community/no-cap-sys-module': {
    status: 'fail',
    containers: 'pass not granted',
    only: {
      'cap-all': 'fail adds ALL',
      'cap-danger': 'fail adds SYS_MODULE',
      privileged: 'fail privileged: all capabilities',
    },
  },
  'community/no-cap-sys-ptrace': {
    status: 'fail',
    containers: 'pass not granted',
    only: {
      'cap-all': 'fail adds ALL',
      'cap-danger': 'fail adds SYS_PTRACE',
      privileged: 'fail privileged: all capabilities',
    },
  },
};
