/** A check of a site's own: every running container says who answers for it. Types alone are imported: they cost nothing when it runs. */
import type { Check } from 'hullguard';

const LABEL = 'com.example.owner';

const ownerNamed: Check<'containers'> = {
  id: 'site/owner-named',
  title: 'Each container names its owner',
  severity: 'low',
  stride: ['R'],
  surface: 'container',
  rationale: 'When a container misbehaves at night, somebody has to be called.',
  fix: `Start the container with --label ${LABEL}=TEAM.`,
  impact: 'recreate',
  needs: ['containers'],
  judge: ({ containers }) =>
    containers.containers.map(({ Id, Name, Config }) => {
      const owner = Config.Labels[LABEL];
      return {
        resource: `container ${Name.slice(1)}`,
        subject: { container: Id },
        expected: `label ${LABEL}`,
        actual: owner === undefined ? 'no such label' : `${LABEL}=${owner}`,
        outcome: owner === undefined ? 'fail' : 'pass',
        source: 'docker inspect',
      };
    }),
};

export default ownerNamed;
