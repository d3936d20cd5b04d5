from tests.unit.azure_devops_emulator.callers import Place


def test_every_kind_of_relation_is_described(services: Place) -> None:
    client = services.administrator.clients.get_work_item_tracking_client()
    types = {each.reference_name: each for each in client.get_relation_types()}
    assert {"AttachedFile", "Hyperlink", "ArtifactLink", "System.LinkTypes.Related"} <= set(types)
    child = types["System.LinkTypes.Hierarchy-Forward"]
    assert (child.name, child.attributes["topology"], child.attributes["isForward"]) == ("Child", "tree", True)
    assert child.attributes["oppositeEndReferenceName"] == "System.LinkTypes.Hierarchy-Reverse"
    assert types["Hyperlink"].attributes == {"usage": "resourceLink", "editable": False, "enabled": True}
    related = types["System.LinkTypes.Related"].attributes
    assert (related["directional"], related["acyclic"], "isForward" in related) == (False, False, False)


def test_one_kind_is_found_by_reference_name(services: Place) -> None:
    client = services.administrator.clients.get_work_item_tracking_client()
    assert client.get_relation_type("System.LinkTypes.Dependency-Reverse").name == "Predecessor"
    assert services.administrator("GET", "_apis/wit/workItemRelationTypes/nothing").status == 404


def test_artifact_links_have_kinds_too(services: Place) -> None:
    client = services.administrator.clients.get_work_item_tracking_client()
    assert "Fixed in Commit" in {each.link_type for each in client.get_work_artifact_link_types()}
