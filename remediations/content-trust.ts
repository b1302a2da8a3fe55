/** DOCKER_CONTENT_TRUST=1 blocks every unsigned image, local ones included, so it is set only where the site has asked for it. */
import { type Answer, defineRemediation } from './remediation.ts';

const PROFILE = '/etc/profile.d/hullguard.sh';

export const contentTrust = defineRemediation('content-trust', {
  needs: ['client', 'policy'],
  plan({ path }, { client, policy }): Answer {
    if (!policy.contentTrust) return { steps: STEPS };
    const others = client.contentTrust.filter(({ value }) => value !== '1');
    const other = others.find((entry) => entry.path === path) ?? others[0];
    if (other !== undefined)
      return { refused: `${other.path} sets DOCKER_CONTENT_TRUST=${other.value}: make that 1, or take the line away` };
    return {
      changes: [{ kind: 'lines', path: PROFILE, lines: ['export DOCKER_CONTENT_TRUST=1'] }],
      impact: 'none',
      effects: [
        {
          effect:
            'from their next login on, docker pull, run, build and push refuse every image without a signature, those built here included; services, cron jobs and programs that use the API do not notice',
          resources: ['users of this host'],
        },
        {
          effect:
            'images of Docker Hub can no longer be verified once its signing service (notary.docker.io) shuts down, announced for 2026-12-08',
          resources: ['docker.io'],
        },
      ],
    };
  },
});

/** What takes the place of content trust, with IMAGE for a name such as registry.example.com/app. */
const STEPS = [
  'Do not set DOCKER_CONTENT_TRUST=1 unless every image here is signed: it blocks all others, and the signing service of Docker Hub is announced to shut down on 2026-12-08.',
  "Find the digest of an image: docker buildx imagetools inspect IMAGE:TAG --format '{{.Manifest.Digest}}'",
  'Pin it, so that nobody can swap what the tag means: docker run IMAGE@sha256:DIGEST, image: IMAGE@sha256:DIGEST in compose files, FROM IMAGE@sha256:DIGEST in Dockerfiles.',
  'Sign your own images: cosign generate-key-pair, once; then cosign sign --key cosign.key IMAGE@sha256:DIGEST',
  'Verify before an image is used: cosign verify --key cosign.pub IMAGE@sha256:DIGEST, or for keyless signatures cosign verify --certificate-identity SIGNER --certificate-oidc-issuer ISSUER IMAGE@sha256:DIGEST',
  'Only if this site signs its images with docker trust: set policy.contentTrust to true in the configuration, and hullguard apply sets the variable.',
];
