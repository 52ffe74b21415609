import { useCallback, useState } from 'preact/hooks';
import { dataOf, type Answer } from '../../../client/index.ts';
import { usePages } from '../ui/loading.ts';
import { PagedList } from '../ui/Ready.tsx';
import { asPerson, given } from '../api/client.ts';
import { ago } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { SelectField } from '../ui/Field.tsx';
import { statuses, statusTones, statusWords } from '../videos/status.ts';
import { Deed } from './Deed.tsx';
import { JobDialog } from './JobDialog.tsx';
import { Refresh } from './Refresh.tsx';
import { d } from './texts/index.ts';

type Job = Answer<'get', '/admin/jobs'>['items'][number];

/** Everybody's extractions. */
export function JobsTab() {
  const [status, setStatus] = useState<(typeof statuses)[number] | ''>('');
  const pageAt = useCallback(
    (cursor: string | null) => {
      const query = { limit: 20, ...given({ status, cursor }) };
      return dataOf(asPerson.GET('/admin/jobs', { params: { query } }));
    },
    [status],
  );
  const jobs = usePages(pageAt);
  const choices = [
    ['', d('everyStatus')] as const,
    ...statuses.map((it) => [it, t(`status_${it}`)] as const),
  ];
  return (
    <Card>
      <Refresh words={d('jobsIntro')} of={jobs} />
      <div class="limited">
        <SelectField label={d('status')} value={status} options={choices} onValue={setStatus} />
      </div>
      <PagedList of={jobs} empty={<EmptyState icon="film" title={d('noJobs')} />}>
        {(job) => <JobLine job={job} onChanged={jobs.reload} />}
      </PagedList>
    </Card>
  );
}

function JobLine({ job, onChanged }: { job: Job; onChanged: () => Promise<void> }) {
  const [open, setOpen] = useState(false);
  const { id, filename: name, status, progress, worker, errorCode, attempts, createdAt } = job;
  const act = (verb: 'requeue' | 'cancel') => async () => {
    await asPerson.POST(`/admin/jobs/{id}/${verb}`, { params: { path: { id } } });
    await onChanged();
  };
  const facts = [
    errorCode !== null && d('failedBy', { code: errorCode }),
    d('madeAgo', { when: ago(createdAt) }),
    attempts > 0 && d('tries', { count: attempts }),
    worker !== null && d('by', { worker }),
  ].filter(Boolean);
  const running = status === 'queued' || status === 'processing';
  return (
    <>
      <div class="row-head">
        <h2 class="row-title">{name}</h2>
        <span class={`badge ${statusTones[status]}`}>
          {statusWords({ status, progress, queuePosition: null, etaSeconds: null })}
        </span>
      </div>
      <p class="soft small break">{facts.join(' · ')}</p>
      <div class="actions">
        <Button size="small" onClick={() => setOpen(true)}>
          <span aria-hidden="true">{d('details')}</span>
          <span class="unseen">{d('detailsOf', { name })}</span>
        </Button>
        {status !== 'completed' && (
          <Deed
            {...({ label: 'requeue', labelOf: 'requeueOf', ask: 'requeueAsk', more: 'requeueMore' } as const)}
            name={name}
            run={act('requeue')}
          />
        )}
        {running && (
          <Deed
            {...({ label: 'cancelJob', labelOf: 'cancelOf', ask: 'cancelAsk', more: 'cancelMore' } as const)}
            name={name}
            danger
            refuse={d('keepJob')}
            run={act('cancel')}
          />
        )}
      </div>
      {open && <JobDialog id={id} onClose={() => setOpen(false)} />}
    </>
  );
}
