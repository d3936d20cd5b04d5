import { ExternalLink } from "../../shared-ui/components/external-link";

/** The way to the other organization's page; the code travels by the clipboard only. */
export function HandoverLink({ url }: { readonly url: string }) {
  return (
    <div className="stack-small">
      <h3>Go on at the other side</h3>
      <p>Copy the code, open the page of the other organization and paste it there.</p>
      <ExternalLink url={url}>Accept the invitation at the other organization</ExternalLink>
    </div>
  );
}
