import { access, type ThreatRow } from './threat.ts';

export const registry: readonly ThreatRow[] = [
  {
    name: 'spoofing-server',
    stride: 'S',
    threat: 'A machine on the way, or with a forged name, passes for the registry, gets its passwords and serves images of its own.',
    checks: ['daemon/no-insecure-registries'],
    uncovered: 'Which certificate authorities the host trusts beside those of Docker.',
  },
  {
    name: 'spoofing-publisher',
    stride: 'S',
    threat: 'Somebody with a stolen token publishes under the name of a trusted team.',
    checks: ['image/signed-artifacts-validated', 'image/trusted-base', 'image/content-trust'],
    uncovered: 'Accounts and tokens of the registry cannot be seen from this host.',
  },
  {
    name: 'tampering-images',
    stride: 'T',
    threat: 'Images are changed in the registry or on the way to this host.',
    checks: ['daemon/no-insecure-registries', 'image/signed-artifacts-validated', 'image/content-trust'],
  },
  {
    name: 'tampering-trust',
    stride: 'T',
    threat: 'A local user replaces the certificate by which dockerd knows a registry.',
    checks: access('registry-certs'),
  },
  {
    name: 'repudiation-push',
    stride: 'R',
    threat: 'Nobody can tell who pushed, moved or deleted a tag.',
    checks: [],
    uncovered: 'That is in the log of the registry, which this host cannot see.',
  },
  {
    name: 'disclosure-images',
    stride: 'I',
    threat: 'Private images are pulled by whoever guesses their names or finds a token, with the code and secrets in them.',
    checks: ['image/no-secrets'],
    uncovered: 'Who may read in the registry cannot be seen from this host.',
  },
  {
    name: 'denial-unavailable',
    stride: 'D',
    threat: 'The registry is down, limits pulls or has lost a tag when a container has to start on a new host.',
    checks: [],
    uncovered: 'Mirrors and copies of images are not looked at.',
  },
  {
    name: 'elevation-client-key',
    stride: 'E',
    threat: 'A local user reads the client key for a registry, pushes an image, and waits for this host to run it.',
    checks: access('registry-certs'),
    uncovered: 'Tokens in home directories serve as well, and are not looked at.',
  },
];
