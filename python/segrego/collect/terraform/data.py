"""Data that agents reach: buckets, tables, secrets and the like, with the name of their CloudFormation type."""

from __future__ import annotations

from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.draft import Draft, tags
from segrego.collect.terraform.plan import Plan
from segrego.inventory import Resource

__all__ = ["DATA_TYPES", "read_data"]

DATA_TYPES: dict[str, tuple[str, str]] = {
    "aws_s3_bucket": ("AWS::S3::Bucket", "bucket"),
    "awscc_s3_bucket": ("AWS::S3::Bucket", "bucket_name"),
    "aws_s3_directory_bucket": ("AWS::S3Express::DirectoryBucket", "bucket"),
    "aws_s3tables_table_bucket": ("AWS::S3Tables::TableBucket", "name"),
    "awscc_s3tables_table_bucket": ("AWS::S3Tables::TableBucket", "table_bucket_name"),
    "aws_s3vectors_vector_bucket": ("AWS::S3Vectors::VectorBucket", "vector_bucket_name"),
    "awscc_s3vectors_vector_bucket": ("AWS::S3Vectors::VectorBucket", "vector_bucket_name"),
    "aws_dynamodb_table": ("AWS::DynamoDB::Table", "name"),
    "awscc_dynamodb_table": ("AWS::DynamoDB::Table", "table_name"),
    "aws_secretsmanager_secret": ("AWS::SecretsManager::Secret", "name"),
    "awscc_secretsmanager_secret": ("AWS::SecretsManager::Secret", "name"),
    "aws_ssm_parameter": ("AWS::SSM::Parameter", "name"),
    "awscc_ssm_parameter": ("AWS::SSM::Parameter", "name"),
    "aws_db_instance": ("AWS::RDS::DBInstance", "identifier"),
    "awscc_rds_db_instance": ("AWS::RDS::DBInstance", "db_instance_identifier"),
    "aws_rds_cluster": ("AWS::RDS::DBCluster", "cluster_identifier"),
    "awscc_rds_db_cluster": ("AWS::RDS::DBCluster", "db_cluster_identifier"),
    "aws_docdb_cluster": ("AWS::DocDB::DBCluster", "cluster_identifier"),
    "aws_neptune_cluster": ("AWS::Neptune::DBCluster", "cluster_identifier"),
    "aws_redshift_cluster": ("AWS::Redshift::Cluster", "cluster_identifier"),
    "awscc_redshift_cluster": ("AWS::Redshift::Cluster", "cluster_identifier"),
    "aws_redshiftserverless_workgroup": ("AWS::RedshiftServerless::Workgroup", "workgroup_name"),
    "aws_opensearch_domain": ("AWS::OpenSearchService::Domain", "domain_name"),
    "aws_opensearchserverless_collection": ("AWS::OpenSearchServerless::Collection", "name"),
    "awscc_opensearchserverless_collection": ("AWS::OpenSearchServerless::Collection", "name"),
    "aws_elasticache_replication_group": ("AWS::ElastiCache::ReplicationGroup", "replication_group_id"),
    "aws_memorydb_cluster": ("AWS::MemoryDB::Cluster", "name"),
    "aws_kinesis_stream": ("AWS::Kinesis::Stream", "name"),
    "awscc_kinesis_stream": ("AWS::Kinesis::Stream", "name"),
    "aws_sqs_queue": ("AWS::SQS::Queue", "name"),
    "awscc_sqs_queue": ("AWS::SQS::Queue", "queue_name"),
    "aws_sns_topic": ("AWS::SNS::Topic", "name"),
    "awscc_sns_topic": ("AWS::SNS::Topic", "topic_name"),
    "aws_kms_key": ("AWS::KMS::Key", "key_id"),
    "awscc_kms_key": ("AWS::KMS::Key", "key_id"),
    "aws_efs_file_system": ("AWS::EFS::FileSystem", "creation_token"),
    "awscc_efs_file_system": ("AWS::EFS::FileSystem", "file_system_id"),
    "aws_glue_catalog_database": ("AWS::Glue::Database", "name"),
    "aws_glue_catalog_table": ("AWS::Glue::Table", "name"),
    "aws_timestreamwrite_table": ("AWS::Timestream::Table", "table_name"),
    "aws_kendra_index": ("AWS::Kendra::Index", "name"),
    "awscc_kendra_index": ("AWS::Kendra::Index", "name"),
}
"""CloudFormation type and naming attribute by Terraform type."""


def read_data(plan: Plan, draft: Draft, arns: Arns) -> None:
    """Enter every resource that holds data. What it holds is never read."""
    for kind, (cloudformation, name) in DATA_TYPES.items():
        for instance in plan.of_type.get(kind, []):
            entity = draft.id(instance)
            draft.resources[entity] = Resource(
                id=entity,
                kind=cloudformation,
                name=instance.text(name) or instance.address,
                arn=arns.text(instance),
                account=arns.account(instance),
                tags=tags(instance),
                location=draft.location(instance.address),
            )
