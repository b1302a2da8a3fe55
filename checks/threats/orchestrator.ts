import type { ThreatRow } from './threat.ts';

export const orchestrator: readonly ThreatRow[] = [
  {
    name: 'spoofing-node',
    stride: 'S',
    threat: 'A machine with a leaked join token, or the certificate of a retired node, joins the swarm and is given tasks and secrets.',
    checks: ['swarm/node-cert-rotation', 'swarm/ca-rotation'],
    uncovered: 'Join tokens do not expire, and nothing tells how old one is or who knows it: rotate them.',
  },
  {
    name: 'tampering-overlay',
    stride: 'T',
    threat: 'Somebody on the network between the nodes changes the traffic of services, which is not encrypted by default.',
    checks: ['swarm/overlay-encrypted'],
  },
  {
    name: 'repudiation-services',
    stride: 'R',
    threat: 'Nobody can tell who changed a service, a secret or a node, for each manager takes orders for all of them.',
    checks: ['host/audit-docker-socket'],
    uncovered: 'Swarm logs no users; audit rules name who connected to the manager on this host only.',
  },
  {
    name: 'disclosure-traffic',
    stride: 'I',
    threat: 'Traffic of services and of the cluster is read on networks that it need not cross.',
    checks: ['swarm/overlay-encrypted', 'swarm/bind-interface', 'swarm/data-plane-separated'],
  },
  {
    name: 'disclosure-secrets',
    stride: 'I',
    threat: 'Secrets of services are read from environments, or with the keys of the swarm from the disk of a manager.',
    checks: ['swarm/secrets-used', 'swarm/autolock', 'swarm/autolock-key-rotated'],
    uncovered: 'Where the unlock key is kept.',
  },
  {
    name: 'denial-quorum',
    stride: 'D',
    threat: 'Managers are too few, too many or cut off by the traffic of services, so the swarm takes no more orders.',
    checks: ['swarm/manager-count', 'swarm/data-plane-separated'],
  },
  {
    name: 'elevation-manager',
    stride: 'E',
    threat: 'Whoever takes over one manager, or reaches its port on a network it need not listen on, is root on every node.',
    checks: ['swarm/mode-off-unless-needed', 'swarm/manager-count', 'swarm/bind-interface'],
  },
  {
    name: 'elevation-management',
    stride: 'E',
    threat: 'A management product above the engine, such as UCP, lets its users do more than they should.',
    checks: [
      'enterprise/ucp-ldap',
      'enterprise/ucp-external-certs',
      'enterprise/ucp-client-bundles',
      'enterprise/ucp-rbac',
      'enterprise/ucp-signed-images',
      'enterprise/ucp-session-limit',
      'enterprise/ucp-session-lifetime',
      'enterprise/dtr-scanning',
      'community/legacy-registry-v1-disabled',
    ],
    uncovered: 'Products above the engine are not read: these checks of older benchmarks have nothing left to look at.',
  },
];
