import type { ThreatRow } from './threat.ts';

export const image: readonly ThreatRow[] = [
  {
    name: 'spoofing-base',
    stride: 'S',
    threat: 'A base image with a name much like a known one comes from somebody else.',
    checks: ['image/trusted-base', 'image/content-trust'],
  },
  {
    name: 'tampering-build',
    stride: 'T',
    threat: 'A build takes in what somebody else could change: files by URL, packages unverified, scripts piped into a shell.',
    checks: ['image/copy-not-add', 'image/verified-packages', 'image/trusted-base'],
    uncovered: 'The machines that build, and whether a build can be repeated, are not looked at.',
  },
  {
    name: 'repudiation-provenance',
    stride: 'R',
    threat: 'Nobody can tell from which source, by whom and with what an image was built.',
    checks: ['image/signed-artifacts-validated'],
    uncovered: 'Provenance and bills of materials attached to images are not read.',
  },
  {
    name: 'disclosure-secrets',
    stride: 'I',
    threat: 'Passwords and keys in layers, build arguments or variables are read by everybody who has the image.',
    checks: ['image/no-secrets'],
    uncovered: 'Files in layers are not searched, nor values that bear no telling name.',
  },
  {
    name: 'denial-hanging',
    stride: 'D',
    threat: 'A process hangs, and nothing in the image lets the engine notice.',
    checks: ['image/healthcheck'],
  },
  {
    name: 'denial-sprawl',
    stride: 'D',
    threat: 'Images that nobody uses fill the disk until nothing can be pulled or written.',
    checks: ['ops/image-sprawl'],
  },
  {
    name: 'elevation-root',
    stride: 'E',
    threat: 'An intruder is root at once, or by a setuid program, and so one kernel hole away from the host.',
    checks: ['image/non-root-user', 'image/no-setuid-setgid'],
  },
  {
    name: 'elevation-known-holes',
    stride: 'E',
    threat: 'Old images and packages that nothing needs bring published holes and tools that make use of them.',
    checks: [
      'image/scanned-and-rebuilt',
      'image/minimal-packages',
      'image/update-not-alone',
      'container/image-up-to-date',
      'ops/image-sprawl',
    ],
    uncovered: 'Images are not scanned here; a person attests that somebody does it.',
  },
];
