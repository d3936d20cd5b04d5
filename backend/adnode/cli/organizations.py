"""Commands on organizations."""

import click

from adnode.cli.connections import find_organization
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import organization_deed
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows
from adnode.cli.secret_input import read_secret, read_text_file
from adnode.domain.audit import AuditAction
from adnode.domain.errors import ValidationError
from adnode.domain.organization import Credential, OrganizationReport, PersonalAccessToken, ServicePrincipal

COLUMNS = {"Id": "id", "Name": "name", "URL": "url", "Kind": "kind", "Signs in as": "identity"}


@click.group()
def organization() -> None:
    """Organizations and collections that this node serves."""


@organization.command()
@click.argument("url")
@click.option("--pat-file", help="File that holds a personal access token, - for standard input.")
@click.option("--tenant-id", default="", help="Microsoft Entra tenant of a service principal.")
@click.option("--client-id", default="", help="Its application (client) id.")
@click.option("--secret-file", help="File that holds its client secret, - for standard input.")
@click.option("--certificate-file", help="PEM file with its private key and certificate.")
@json_option
def add(
    url: str,
    pat_file: str | None,
    tenant_id: str,
    client_id: str,
    secret_file: str | None,
    certificate_file: str | None,
) -> None:
    """Add an organization by its URL. Without options a personal access token is asked for."""
    credential = _credential(pat_file, tenant_id, client_id, secret_file, certificate_file)
    with node_for_command() as node:
        note = organization_deed(node, AuditAction.ORGANIZATION_REGISTERED)
        added = node.organizations.add(url, credential, note)
    print_result(added, f"{added.name} ({added.id}) was added; the node signs in as {added.identity}.")


@organization.command("list")
@json_option
def list_organizations() -> None:
    """List the organizations."""
    with node_for_command() as node:
        rows = node.list_organizations()
    print_rows(rows, COLUMNS, "There is no organization yet. Add one with: adnode organization add")


@organization.command()
@click.argument("name")
@click.pass_context
@json_option
def check(context: click.Context, name: str) -> None:
    """Try the credential of an organization and name each missing right."""
    with node_for_command() as node:
        report = node.organizations.check(find_organization(node, name).id)
    _print_report(report)
    context.exit(1 if report.missing else 0)


@organization.command()
@click.argument("name")
@json_option
def remove(name: str) -> None:
    """Stop serving an organization; its connections must be removed before."""
    with node_for_command() as node:
        found = find_organization(node, name)
        node.organizations.remove(found.id, organization_deed(node, AuditAction.ORGANIZATION_DISCONNECTED))
    print_result({"removed": found.id}, f"{found.name} was removed from this node.")


def _credential(
    pat_file: str | None, tenant_id: str, client_id: str, secret_file: str | None, certificate_file: str | None
) -> Credential:
    if not tenant_id and not client_id:
        return PersonalAccessToken(read_secret(pat_file, "Personal access token"))
    if not (tenant_id and client_id) or pat_file:
        raise ValidationError("A service principal needs --tenant-id and --client-id, and no token.")
    if certificate_file:
        pem = read_text_file(certificate_file)
        return ServicePrincipal(tenant_id, client_id, private_key_pem=pem, certificate_pem=pem)
    return ServicePrincipal(tenant_id, client_id, client_secret=read_secret(secret_file, "Client secret"))


def _print_report(report: OrganizationReport) -> None:
    if is_json():
        print_json(report)
        return
    click.echo(f"{report.name} ({report.organization_id}), signed in as {report.identity}")
    for right in report.rights:
        click.echo(
            f"{'ok     ' if right.is_granted else 'MISSING'} {right.name}"
            + ("" if right.is_granted else f": {right.remedy}")
        )
