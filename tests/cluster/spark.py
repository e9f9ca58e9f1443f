#!/usr/bin/env python3
"""Train on, or encode, a corpus of many files under Apache Spark, with bytepiece as mapper.

    spark.py train --master spark://host:7077 --work /shared/work -o MODEL TEXT...
    spark.py encode --master spark://host:7077 -m MODEL -o /shared/ids TEXT...

Each TEXT is a part: the model is the one that "bytepiece train" makes of the same files.
"""
import argparse
import os
import shlex
import shutil
import subprocess
import sys

import pyspark
from pyspark import SparkConf, SparkContext, SparkFiles

HERE = os.path.dirname(os.path.abspath(__file__))


def arguments():
    all_of_them = argparse.ArgumentParser(add_help=False)
    all_of_them.add_argument("--master", metavar="URL", help="default: what spark-submit says")
    all_of_them.add_argument("--program", default="bytepiece", help="sent to all machines")
    all_of_them.add_argument("--fetch", default="cat", metavar="COMMAND",
                             help='writes a part to its output, such as "hdfs dfs -cat"')
    all_of_them.add_argument("--per-task", type=int, default=1, metavar="N",
                             help="parts of a task")
    all_of_them.add_argument("text", nargs="+", help="a part, as COMMAND wants its name")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    command = parser.add_subparsers(required=True)
    train = command.add_parser("train", parents=[all_of_them])
    train.set_defaults(run=run_train)
    train.add_argument("-o", dest="out", metavar="MODEL", required=True)
    train.add_argument("--work", required=True, help="an empty folder that all machines see")
    train.add_argument("--count", default="", metavar="OPTIONS",
                       help="of count, in one word: '--whole-size 100T'")
    train.add_argument("--build", default="", metavar="OPTIONS", help="of build, in one word")
    encode = command.add_parser("encode", parents=[all_of_them])
    encode.set_defaults(run=run_encode)
    encode.add_argument("-m", dest="model", required=True)
    encode.add_argument("-o", dest="out", metavar="FOLDER", required=True,
                        help="that all machines see; ids of TEXT go to TEXT.ids there")
    encode.add_argument("--encode", default="", metavar="OPTIONS", help="of encode, in one word")
    return parser.parse_args()


class Cluster:
    def __init__(self, args):
        conf = SparkConf().setAppName("bytepiece")
        if args.master:
            conf.setMaster(args.master)
        if conf.get("spark.master", "").startswith("local-cluster"):
            os.environ.setdefault("SPARK_HOME", os.path.dirname(pyspark.__file__))
        self.context = SparkContext(conf=conf)
        self.program = shutil.which(args.program)
        # Where machines find the files that are sent to them: executors work in that folder.
        self.folder = SparkFiles.getRootDirectory() if self.context.master.startswith("local[") else "."
        self.env = {"PATH": os.environ["PATH"], "FETCH": args.fetch,
                    "PROGRAM": self.send(self.program)}
        self.part = self.send(os.path.join(HERE, "part.sh"))
        tasks = -(-len(args.text) // args.per_task)
        self.names = self.context.parallelize(args.text, tasks)

    def send(self, path):
        self.context.addFile(path)
        return os.path.join(self.folder, os.path.basename(path))

    def pipe(self, rdd, *command):
        return rdd.pipe(shlex.join(["bash", self.part, *command]), env=self.env, checkCode=True)


def run_train(args):
    cluster = Cluster(args)
    os.makedirs(args.work, exist_ok=True)
    counts = cluster.pipe(cluster.names, "count", args.work, *shlex.split(args.count), "--").collect()
    subprocess.run([cluster.program, "build", *shlex.split(args.build), "-o", args.out, *counts],
                   check=True)
    for path in counts:
        os.remove(path)
    cluster.context.stop()


def run_encode(args):
    if len({os.path.basename(t) for t in args.text}) < len(args.text):
        sys.exit("two parts have the same name, and so would their ids")
    cluster = Cluster(args)
    os.makedirs(args.out, exist_ok=True)
    options = ["-m", cluster.send(args.model), *shlex.split(args.encode)]
    for path in cluster.pipe(cluster.names, "encode", args.out, *options, "--").collect():
        print(path)
    cluster.context.stop()


if __name__ == "__main__":
    given = arguments()
    given.run(given)
