import { dataOf, type Answer } from '../../../client/index.ts';
import { useLoad } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { asPerson } from '../api/client.ts';
import { roughly } from '../i18n/format.ts';
import { Card } from '../ui/Card.tsx';
import { Deed } from './Deed.tsx';
import { Refresh } from './Refresh.tsx';
import { d } from './texts/index.ts';

type NodeReport = Answer<'get', '/admin/nodes'>['items'][number];

const askNodes = (signal: AbortSignal) => dataOf(asPerson.GET('/admin/nodes', { signal }));

/** Every process of the system. */
export function NodesTab() {
  const nodes = useLoad(askNodes);
  return (
    <Card>
      <Refresh words={d('nodesIntro')} of={nodes} />
      <Ready of={nodes}>
        {({ items }) => (
          <ul class="rows">
            {items.map((node) => (
              <li key={node.id} class="row">
                <NodeLine node={node} onChanged={nodes.reload} />
              </li>
            ))}
          </ul>
        )}
      </Ready>
    </Card>
  );
}

const words = {
  drain: { label: 'drain', labelOf: 'drainOf', ask: 'drainAsk', more: 'drainMore' },
  resume: { label: 'resume', labelOf: 'resumeOf', ask: 'resumeAsk', more: 'resumeMore' },
} as const;

function NodeLine({ node, onChanged }: { node: NodeReport; onChanged: () => Promise<void> }) {
  const { id, available, version, uptimeSeconds, cpu, services, work } = node;
  const facts = [
    services.join(', '),
    version !== null && d('version', { version }),
    uptimeSeconds !== null && d('uptime', { time: roughly(uptimeSeconds) }),
    cpu !== null && d('cpu', { percent: Math.round(cpu) }),
    work && d('inHand', { count: work.inHand }),
  ].filter(Boolean);
  const act = (verb: 'drain' | 'resume') => async () => {
    await asPerson.POST(`/admin/nodes/{id}/${verb}`, { params: { path: { id } } });
    await onChanged();
  };
  const verb = work?.paused ? 'resume' : 'drain';
  return (
    <>
      <div class="row-head">
        <h2 class="row-title">{id}</h2>
        {!available && <span class="badge bad">{d('gone')}</span>}
        {work && <WorkBadge work={work} />}
      </div>
      <p class="soft small break">{facts.join(' · ')}</p>
      {work && (
        <div class="actions">
          <Deed {...words[verb]} name={id} run={act(verb)} />
        </div>
      )}
    </>
  );
}

function WorkBadge({ work: { paused, inHand } }: { work: NonNullable<NodeReport['work']> }) {
  if (!paused) return <span class="badge good">{d('working')}</span>;
  return <span class="badge warn">{d(inHand > 0 ? 'draining' : 'drained')}</span>;
}
