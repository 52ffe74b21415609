import { useState } from 'preact/hooks';
import { askPerson } from '../api/person.ts';
import { Card } from '../ui/Card.tsx';
import { Note } from '../ui/Note.tsx';
import { useLoad } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { NewRecoveryCodes, SwitchOff } from './SecondFactorChanges.tsx';
import { SecondFactorSetup } from './SecondFactorSetup.tsx';
import { RecoveryCodes } from './RecoveryCodes.tsx';
import { a } from './texts/index.ts';

/** The second step at login: setting it up, its recovery codes, switching it off. */
export function SecondFactorTab() {
  const me = useLoad(askPerson);
  const [codes, setCodes] = useState<string[] | null>(null);
  return (
    <Ready of={me}>
      {(person) => {
        if (codes) {
          return <RecoveryCodes codes={codes} email={person.email} onKept={() => setCodes(null)} />;
        }
        const enabled = (recoveryCodes: string[]) => {
          setCodes(recoveryCodes);
          me.put({ ...person, secondFactor: true });
        };
        return person.secondFactor ? (
          <>
            <Card>
              <Note tone="good">
                <p>{a('factorIsOn')}</p>
              </Note>
            </Card>
            <NewRecoveryCodes onCodes={setCodes} />
            <SwitchOff onOff={() => me.put({ ...person, secondFactor: false })} />
          </>
        ) : (
          <SecondFactorSetup email={person.email} onEnabled={enabled} />
        );
      }}
    </Ready>
  );
}
