import { defineRemediation } from './remediation.ts';

export const fileMode = defineRemediation('file-mode', { needs: [], plan: () => ({ refused: 'not written yet' }) });
export const fileOwner = defineRemediation('file-owner', { needs: [], plan: () => ({ refused: 'not written yet' }) });
