import { named } from './texts/index.ts';

const tones: Record<string, string> = {
  sent: 'good',
  delivered: 'good',
  failed: 'bad',
  refused: 'bad',
  bounced: 'bad',
  retrying: 'warn',
  pending: 'busy',
  sending: 'busy',
};

/** How a message is. */
export function StatusBadge({ status }: { status: string }) {
  return <span class={`badge ${tones[status] ?? ''}`}>{named('status', status) ?? status}</span>;
}
