import type { ThreatRow } from './threat.ts';

export const client: readonly ThreatRow[] = [
  {
    name: 'spoofing-engine',
    stride: 'S',
    threat:
      'A context or DOCKER_HOST names an engine by plain TCP, and whoever answers there gets commands, build contexts and registry passwords.',
    checks: ['client/engine-over-tls'],
    uncovered: 'Addresses given on the command line, and what scripts set.',
  },
  {
    name: 'spoofing-publisher',
    stride: 'S',
    threat: 'Somebody pushes an image under a trusted name, and the client runs it as if its publisher had made it.',
    checks: ['image/content-trust', 'client/content-trust-kept'],
    uncovered: 'Content trust binds the docker command alone: whoever speaks to the API, Compose included, pulls what they like.',
  },
  {
    name: 'tampering-image',
    stride: 'T',
    threat: 'An image is changed in the registry, and a tag that was good yesterday brings the changed one today.',
    checks: ['image/content-trust', 'container/image-up-to-date'],
    uncovered: 'Nothing makes clients name images by digest.',
  },
  {
    name: 'tampering-plugins',
    stride: 'T',
    threat: 'A command-line plugin or credential helper of a user is replaced, and runs with every docker command.',
    checks: ['client/files-private'],
    uncovered: 'Helpers elsewhere in the search path of a user, and what a user’s own processes write.',
  },
  {
    name: 'repudiation-commands',
    stride: 'R',
    threat: 'Nobody can tell which person gave a command or opened a shell in a container, for the engine knows connections and not users.',
    checks: ['host/audit-docker-socket', 'container/exec-not-privileged', 'container/exec-not-root-user'],
    uncovered: 'Audit rules name the local user who connected; over TCP, and behind a shared account, nothing here does.',
  },
  {
    name: 'disclosure-credentials',
    stride: 'I',
    threat: 'Registry passwords and tokens lie in ~/.docker/config.json, merely encoded, where no credential helper keeps them.',
    checks: ['client/credentials-in-helper', 'client/files-private'],
    uncovered: 'Homes on network file systems, and copies elsewhere.',
  },
  {
    name: 'disclosure-build-context',
    stride: 'I',
    threat: 'A build sends keys and histories of the working directory to the engine, and COPY puts them into the image.',
    checks: ['image/no-secrets'],
    uncovered: 'Names of variables and labels are looked at, files in layers are not.',
  },
  {
    name: 'denial-hostile-engine',
    stride: 'D',
    threat: 'An engine or registry that hangs or floods its clients with data stops builds and deployments.',
    checks: [],
    uncovered: 'Time limits and quotas are up to whoever runs the client.',
  },
  {
    name: 'elevation-exec',
    stride: 'E',
    threat: 'Somebody who runs an application enters its container as root or privileged, beyond what the container was given.',
    checks: ['container/exec-not-privileged', 'container/exec-not-root-user'],
    uncovered: 'Sessions that have ended are in the audit trail alone.',
  },
  {
    name: 'elevation-old-client',
    stride: 'E',
    threat: 'A published hole in an old client lets a hostile image, registry or engine run commands as the user.',
    checks: ['client/version-current'],
    uncovered: 'Clients that no package manager knows of, and plugins.',
  },
  {
    name: 'elevation-client-is-root',
    stride: 'E',
    threat: 'A workstation or build job that may command the engine is taken over, and with it root on this host.',
    checks: ['host/trusted-docker-group', 'daemon/authorization-plugin', 'daemon/rootless'],
    uncovered: 'What else runs on the machines of trusted users cannot be seen from here.',
  },
];
