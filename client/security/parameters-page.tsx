import { KeyRound } from 'lucide-react';
import { useRoute } from '../api.ts';
import { ArtifactsPage } from './artifacts-page.tsx';
import { StateCell } from './artifact-cells.tsx';
import { ParameterDialog } from './parameter-dialog.tsx';

/** The Secure Parameters: which flows use them and where they may be sent. */
export function ParametersPage() {
  return (
    <ArtifactsPage
      title="Secure Parameters"
      intro="Keys of APIs and tokens that do not change, each a value of its own. Flows hold only the name."
      create="New Secure Parameter"
      icon={<KeyRound size={24} aria-hidden />}
      empty={{
        title: 'No Secure Parameter yet.',
        text: 'An HTTP receiver can send one in a header. You can also create it while you fill in the receiver.',
      }}
      query={useRoute('listSecureParameters', {})}
      columns={[{ title: 'State', cell: StateCell }]}
      kind="parameter"
      dialog={ParameterDialog}
      deleteRoute="deleteSecureParameter"
      consequence="The value can’t be brought back."
    />
  );
}
