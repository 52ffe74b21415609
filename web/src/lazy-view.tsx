import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Loading } from './ui/Loading.tsx';
import { ProblemNote } from './ui/ProblemNote.tsx';

/**
 * A view whose code is loaded when it is first shown.
 * @param load the import of its module, giving the component
 */
export function lazyView<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function LazyView(props: Props) {
    const [View, setView] = useState<ComponentType<Props> | null>(() => loaded);
    const [problem, setProblem] = useState<unknown>(null);
    useEffect(() => {
      if (View) return;
      load().then((it) => {
        loaded = it;
        setView(() => it);
      }, setProblem);
    }, [View]);
    if (problem) return <ProblemNote problem={problem} onRetry={() => location.reload()} />;
    return View ? <View {...props} /> : <Loading />;
  };
}
