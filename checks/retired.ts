/** Controls of older benchmark versions that no engine of today can answer. An audit by such a version says so, instead of leaving them out. */
import { type Check, defineCheck } from './check.ts';

function retired(id: string, title: string, reason: string): Check<never> {
  return defineCheck({
    id,
    title,
    severity: 'low',
    stride: ['E'],
    surface: 'orchestrator',
    rationale: 'It concerned a product that is no longer part of Docker.',
    fix: 'Nothing to do.',
    impact: 'none',
    needs: [],
    judge: () => ({ notApplicable: `retired: ${reason}` }),
  });
}

const ENTERPRISE = 'Docker Enterprise (UCP, DTR) is no longer part of Docker';

export const retiredChecks: readonly Check[] = [
  retired('enterprise/ucp-ldap', 'UCP authenticates users by a directory service', ENTERPRISE),
  retired('enterprise/ucp-external-certs', 'UCP uses certificates of the organisation', ENTERPRISE),
  retired('enterprise/ucp-client-bundles', 'Unprivileged UCP users have client bundles', ENTERPRISE),
  retired('enterprise/ucp-rbac', 'UCP access follows roles', ENTERPRISE),
  retired('enterprise/ucp-signed-images', 'UCP runs signed images only', ENTERPRISE),
  retired('enterprise/ucp-session-limit', 'UCP users have three sessions at most', ENTERPRISE),
  retired('enterprise/ucp-session-lifetime', 'UCP sessions end and are renewed as agreed', ENTERPRISE),
  retired('enterprise/dtr-scanning', 'The trusted registry scans images', ENTERPRISE),
  retired(
    'community/legacy-registry-v1-disabled',
    'The daemon refuses legacy registries',
    'engines since 17.12 speak no v1 registry protocol',
  ),
];
