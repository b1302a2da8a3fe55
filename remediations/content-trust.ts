import { defineRemediation } from './remediation.ts';

export const contentTrust = defineRemediation('content-trust', { needs: [], plan: () => ({ refused: 'not written yet' }) });
