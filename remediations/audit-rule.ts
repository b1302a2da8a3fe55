import { defineRemediation } from './remediation.ts';

export const auditRule = defineRemediation('audit-rule', { needs: [], plan: () => ({ refused: 'not written yet' }) });
